"""What a run was told and what held where it was told nothing, as it is stored with the run."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.event import Entity
from contracts.segmentation import SegmentationFeatures, SegmentationSettings


@dataclass(frozen=True, slots=True)
class Defaults:
    """Of this segmenter."""

    products_per_prompt: int
    taxonomies_per_consolidation: int
    products_per_refinement: int
    max_retries: int
    max_output_tokens: int
    model: str
    temperature: float


class ModelConfig(Entity):
    model: str
    temperature: float
    timeout_seconds: float
    fresh: int
    max_output_tokens: int
    prompt_version: int | None


class Params(Entity):
    products_per_prompt: int
    taxonomies_per_consolidation: int
    products_per_refinement: int
    refinement_share: float
    context_tokens: int
    max_retries: int
    features: SegmentationFeatures
    seed: int
    encoder: str
    prompts: Mapping[str, str]  # sha256 of each prompt file by its name and version

    @property
    def data_tokens(self) -> int:
        """Of a prompt: the rest is for its instructions and for the answer."""
        return self.context_tokens // 2


def model_config(settings: SegmentationSettings, defaults: Defaults) -> ModelConfig:
    llm = settings.llm
    return ModelConfig(
        model=llm.model or defaults.model,
        temperature=defaults.temperature if llm.temperature is None else llm.temperature,
        timeout_seconds=llm.timeout_seconds,
        fresh=llm.fresh,
        max_output_tokens=defaults.max_output_tokens,
        prompt_version=llm.prompt_version,
    )


def params(
    settings: SegmentationSettings, defaults: Defaults, *, encoder: str, prompts: Mapping[str, str]
) -> Params:
    return Params(
        products_per_prompt=settings.products_per_prompt or defaults.products_per_prompt,
        taxonomies_per_consolidation=settings.taxonomies_per_consolidation
        or defaults.taxonomies_per_consolidation,
        products_per_refinement=settings.products_per_refinement or defaults.products_per_refinement,
        refinement_share=settings.refinement_share,
        context_tokens=settings.context_tokens,
        max_retries=defaults.max_retries,
        features=settings.features,
        seed=settings.seed,
        encoder=encoder,
        prompts=prompts,
    )
