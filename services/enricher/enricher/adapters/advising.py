"""The language model: what to tell buyers about a package."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from contracts.deal import Deal
from contracts.packages import Advice, Aggregates, PackageProposed
from enricher.domain import Enrichment, shown
from llm import Answer, Budget, Call, LanguageModel, Question, load_prompts

PROMPTS: Final = Path(__file__).parent.parent / "prompts"

Sentence = Annotated[str, Field(min_length=1, max_length=500)]


class AdviceAnswer(Answer):
    """What the model has to answer."""

    description: str = Field(min_length=1, max_length=2000)
    verticals: tuple[Sentence, ...] = Field(min_length=1, max_length=8)
    use_cases: tuple[Sentence, ...] = Field(min_length=1, max_length=8)
    recommendations: tuple[Sentence, ...] = Field(min_length=1, max_length=8)


class LlmAdvisor:
    def __init__(self, model: LanguageModel, default_model: str, max_output_tokens: int) -> None:
        self.model = model
        self.default_model = default_model
        self.max_output_tokens = max_output_tokens
        self.prompts = load_prompts(PROMPTS, "enrich_package")

    async def advise(
        self, package: PackageProposed, deals: Sequence[Deal], aggregates: Aggregates
    ) -> Enrichment:
        question = self._question(package, deals, aggregates)
        answered = await self.model.ask(question)
        advice = Advice(**answered.value.model_dump())
        return Enrichment(aggregates, advice, answered.model, question.prompt.version)

    def _question(
        self, package: PackageProposed, deals: Sequence[Deal], aggregates: Aggregates
    ) -> Question[AdviceAnswer]:
        llm = package.settings.llm
        return Question(
            prompt=self.prompts.of(llm.prompt_version),
            answer=AdviceAnswer,
            call=_call(package, deals),
            model=llm.model or self.default_model,
            data={
                "package": [{"package_name": package.package_name, "reasoning": package.reasoning}],
                "aggregates": [aggregates.model_dump(mode="json")],
                "deals": [shown(deal) for deal in deals],
            },
            temperature=llm.temperature,
            max_output_tokens=self.max_output_tokens,
            timeout_seconds=llm.timeout_seconds,
            sample=llm.fresh,
            budget=None if package.budget_usd is None else Budget(Decimal(str(package.budget_usd))),
        )


def _call(package: PackageProposed, deals: Sequence[Deal]) -> Call:
    return Call(
        tenant=package.tenant,
        run_id=package.run_id,
        revision=package.revision,
        stage="enricher",
        interaction_type="package_enrichment",
        entity=package.entity,
        expected_ids=package.deal_ids,
        names=tuple(deal.name for deal in deals),
    )
