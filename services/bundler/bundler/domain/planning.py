"""What a run intends within its time, as it is stored with the run."""

from pydantic import Field

from contracts.bundles import BundleType, Objective
from contracts.bundling import BundleLlm
from contracts.event import Entity


class ModelConfig(Entity):
    model: str
    temperature: float
    timeout_seconds: float
    fresh: int
    max_output_tokens: int
    prompt_version: int | None


class ObjectiveScored(Entity):
    objective: Objective
    benefit: float = Field(ge=0, le=1)
    confidence: float = Field(ge=0, le=1)
    priority: float = Field(ge=0, le=1)
    rank: int = Field(ge=1)
    selected: bool


class PlannedCombo(Entity):
    objective: Objective
    type: BundleType


class Plan(Entity):
    """Which objectives are pursued by which types of bundles, and why so many."""

    objectives: tuple[ObjectiveScored, ...] = ()
    combos: tuple[PlannedCombo, ...] = ()
    target_ms: int = 0
    limit_ms: int = 0
    rolling_cost_per_combo_ms: float = 0
    max_objectives: int = 0
    replayed: bool = Field(default=False, description="The number was asked for, not planned.")


def model_config(llm: BundleLlm, *, model: str, temperature: float, max_output_tokens: int) -> ModelConfig:
    return ModelConfig(
        model=llm.model or model,
        temperature=temperature if llm.temperature is None else llm.temperature,
        timeout_seconds=llm.timeout_seconds,
        fresh=llm.fresh,
        max_output_tokens=max_output_tokens,
        prompt_version=llm.prompt_version,
    )
