"""The language model: a question about a cluster, and what its answer says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import Field

from contracts.clusters import ClusterFormed
from contracts.deal import Deal
from llm import Answer, Answered, Budget, Call, LanguageModel, Prompt, Question, load_prompts, readable
from packager.domain import (
    Exclusion,
    Plan,
    Proposal,
    Yardstick,
    complaints,
    enriched,
    rules_of,
    shown,
    wishes,
)

T = TypeVar("T")

PROMPTS: Final = Path(__file__).parent.parent / "prompts"


class ProposedPackage(Answer):
    package_name: str
    deal_ids: tuple[str, ...]
    reasoning: str


class ExcludedByModel(Answer):
    deal_id: str
    code: str
    words: str


class Proposals(Answer):
    """What the model has to answer."""

    packages: tuple[ProposedPackage, ...]
    excluded: tuple[ExcludedByModel, ...] = Field(default=())


class LlmPlanner:
    def __init__(self, model: LanguageModel, default_model: str, max_output_tokens: int) -> None:
        self.model = model
        self.default_model = default_model
        self.max_output_tokens = max_output_tokens
        self.prompts = load_prompts(PROMPTS, "propose_packages")

    async def propose(self, cluster: ClusterFormed, deals: Sequence[Deal], by: Yardstick) -> Plan:
        question = self.question(cluster, deals, by)
        return told_by(await self.model.ask(question), question.prompt.version)

    def question(self, cluster: ClusterFormed, deals: Sequence[Deal], by: Yardstick) -> Question[Proposals]:
        settings = cluster.settings.packing
        prompt = self.prompts.of(settings.llm.prompt_version)
        return Question(
            prompt=prompt,
            answer=Proposals,
            call=_call(cluster, deals),
            model=settings.llm.model or self.default_model,
            values=_wanted(prompt, {"min_deals": str(settings.min_deals)}),
            data=_wanted(prompt, _data(deals, by)),
            check=lambda answer: complaints(plan_of(answer), cluster.deal_ids),
            wish=lambda answer: wishes(plan_of(answer), deals, by),
            temperature=settings.llm.temperature,
            max_output_tokens=self.max_output_tokens,
            timeout_seconds=settings.llm.timeout_seconds,
            sample=settings.llm.fresh,
            budget=_budget(cluster.budget_usd),
        )


def plan_of(answer: Proposals) -> Plan:
    return Plan(
        tuple(Proposal(each.package_name, each.deal_ids, each.reasoning) for each in answer.packages),
        tuple(Exclusion(each.deal_id, each.code, each.words) for each in answer.excluded),
    )


def told_by(answered: Answered[Proposals], prompt_version: int) -> Plan:
    """The plan, and what the model's first answer named."""
    first = readable(answered.earlier[0]) if answered.earlier else answered.value.model_dump()
    return replace(
        plan_of(answered.value),
        model=answered.model,
        prompt_version=prompt_version,
        first_named=tuple(_named(first)),
        repaired=bool(answered.earlier),
    )


def _named(answer: Any) -> Iterator[str]:
    """Every id in an answer, however odd that is."""
    for package in _listed(answer, "packages"):
        yield from (str(each) for each in _listed(package, "deal_ids") if isinstance(each, str | int))
    for excluded in _listed(answer, "excluded"):
        if isinstance(excluded, dict) and isinstance(excluded.get("deal_id"), str | int):
            yield str(excluded["deal_id"])


def _listed(holder: Any, name: str) -> Sequence[Any]:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, list | tuple) else ()


def _data(deals: Sequence[Deal], by: Yardstick) -> dict[str, list[Any]]:
    """All that any version of the question wants."""
    return {
        "deals": [shown(deal) for deal in deals],
        "enriched_deals": [enriched(deal) for deal in deals],
        "rules": [rules_of(by.settings)],
    }


def _wanted(prompt: Prompt, given: Mapping[str, T]) -> dict[str, T]:
    return {name: value for name, value in given.items() if name in prompt.placeholders}


def _call(cluster: ClusterFormed, deals: Sequence[Deal]) -> Call:
    return Call(
        tenant=cluster.tenant,
        run_id=cluster.run_id,
        revision=cluster.revision,
        stage="packager",
        interaction_type="package_proposal",
        entity=cluster.entity,
        expected_ids=cluster.deal_ids,
        names=tuple(deal.name for deal in deals),
    )


def _budget(usd: float | None) -> Budget | None:
    return None if usd is None else Budget(Decimal(str(usd)))
