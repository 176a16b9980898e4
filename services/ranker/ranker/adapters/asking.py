"""The language model: one question about each cluster."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field

from contracts import Blocked, Unavailable, WorkFailed
from contracts.ranking import MadeBy, RankingLlm
from llm import Answer, Budget, Call, LanguageModel, Question, load_prompts
from ranker.domain.ground import Asked
from ranker.domain.making import Asker
from ranker.domain.records import QuerySet
from ranker.domain.tasks import TakeStep
from ranking.asking import PROMPT
from ranking.queries import Names, complaints

PROMPTS: Final = Path(__file__).parent.parent / "prompts"


class Queries(Answer):
    """What write_queries has to be answered with."""

    queries: Annotated[tuple[str, ...], Field(max_length=50)]


class LlmWriter:
    def __init__(self, model: LanguageModel, default_model: str, max_output_tokens: int) -> None:
        self.model = model
        self.default_model = default_model
        self.max_output_tokens = max_output_tokens
        self.prompts = load_prompts(PROMPTS, PROMPT)

    def asker(self, llm: RankingLlm) -> Asker:
        return Asker(
            self.model.asked(llm.model or self.default_model), self.prompts.of(llm.prompt_version).version
        )

    async def write(self, step: TakeStep, asked: Asked) -> QuerySet:
        made_by = asked.spare_made_by
        if made_by == "stub":
            return query_set(asked, asked.spare, made_by)
        try:
            return query_set(asked, await self._answer(step, asked), "model")
        except (Unavailable, Blocked, WorkFailed):
            if made_by is None:
                raise
            return query_set(asked, asked.spare, made_by)

    async def _answer(self, step: TakeStep, asked: Asked) -> Sequence[str]:
        llm, rules = step.settings.llm, step.settings.queries
        wanted, names = step.settings.queries_per_cluster, Names.of(asked.names, asked.title)
        answered = await self.model.ask(
            Question(
                prompt=self.prompts.of(llm.prompt_version),
                answer=Queries,
                call=_call(step, asked),
                model=llm.model or self.default_model,
                values=values_of(asked),
                data=data_of(asked),
                check=lambda answer: complaints(answer.queries, 1, names, rules),
                wish=lambda answer: complaints(answer.queries, wanted, names, rules),
                temperature=llm.temperature,
                max_output_tokens=self.max_output_tokens,
                timeout_seconds=llm.timeout_seconds,
                sample=llm.fresh,
                budget=None if step.budget_usd is None else Budget(Decimal(str(step.budget_usd))),
            )
        )
        return answered.value.queries


def values_of(asked: Asked) -> Mapping[str, str]:
    return {"wanted": str(asked.wanted)}


def data_of(asked: Asked) -> Mapping[str, Sequence[Any]]:
    return {"members": [member.model_dump(mode="json") for member in asked.members]}


def query_set(asked: Asked, texts: Sequence[str], made_by: MadeBy) -> QuerySet:
    return QuerySet(asked.cluster_id, asked.prompt, made_by, tuple(" ".join(text.split()) for text in texts))


def _call(step: TakeStep, asked: Asked) -> Call:
    return Call(
        tenant=step.tenant,
        run_id=step.run_id,
        revision=step.revision,
        stage="ranker",
        interaction_type="ranking_queries",
        entity=asked.cluster_id,
        names=(asked.title,),
    )
