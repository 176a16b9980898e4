"""The language model: one question about all bundles of a run."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field

from bundler.domain.describing import Description, bundle_names, complaints, described
from bundler.domain.tasks import TakeStep
from contracts.bundles import BundleDescribed, BundleGenerated
from llm import Answer, Budget, Call, LanguageModel, Question, load_prompts

PROMPTS: Final = Path(__file__).parent.parent / "prompts"
PROMPT: Final = "describe_bundles"


class BundleWords(Answer):
    bundle_id: str
    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(min_length=1, max_length=2000)]


class Descriptions(Answer):
    """What describe_bundles has to be answered with."""

    bundles: tuple[BundleWords, ...]


class LlmDescriber:
    def __init__(self, model: LanguageModel) -> None:
        self.model = model
        self.prompts = load_prompts(PROMPTS, PROMPT)

    async def describe(self, step: TakeStep, bundles: Sequence[BundleGenerated]) -> Sequence[BundleDescribed]:
        config = step.config
        assert config is not None  # noqa: S101 - a task to describe says whom to ask
        answered = await self.model.ask(
            Question(
                prompt=self.prompts.of(config.prompt_version),
                answer=Descriptions,
                call=_call(step, bundles),
                model=config.model,
                data={"bundles": _shown(bundles)},
                check=lambda answer: complaints(_said(answer), len(bundles)),
                temperature=config.temperature,
                max_output_tokens=config.max_output_tokens,
                timeout_seconds=config.timeout_seconds,
                sample=config.fresh,
                budget=None if step.budget_usd is None else Budget(Decimal(str(step.budget_usd))),
            )
        )
        return described(bundles, _said(answered.value))


def _shown(bundles: Sequence[BundleGenerated]) -> list[dict[str, Any]]:
    return [
        {
            "bundle_id": name,
            "type": one.bundle.kind,
            "aim": one.bundle.objective,
            "products": [item.name for item in one.bundle.items],
        }
        for name, one in zip(bundle_names(len(bundles)), bundles, strict=True)
    ]


def _call(step: TakeStep, bundles: Sequence[BundleGenerated]) -> Call:
    return Call(
        tenant=step.tenant,
        run_id=step.run_id,
        revision=step.revision,
        stage="bundler",
        interaction_type="bundle_description",
        entity=step.entity,
        expected_ids=tuple(str(one.bundle.bundle_id) for one in bundles),
        names=tuple(one.name for one in bundles),
    )


def _said(answer: Descriptions) -> list[Description]:
    return [Description(one.bundle_id, one.name, one.description) for one in answer.bundles]
