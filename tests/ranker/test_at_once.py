"""Questions in one process: what fails for one cluster, what for all."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from contracts import Unavailable, WorkFailed
from contracts.ranking import RankingLlm, RankingSettings
from ranker.domain.ground import Asked
from ranker.domain.making import Asker
from ranker.domain.records import QuerySet
from ranker.domain.tasks import TakeStep
from ranker.handler.at_once import NoQueries, written

BAD = WorkFailed("bad_answer", "no JSON")
AWAY = Unavailable("language model: connection")


@dataclass
class Told:
    """Somebody who fails where it is told to, and gives others time to be under way."""

    failures: Mapping[str, Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    most: int = 0

    def asker(self, llm: RankingLlm) -> Asker:
        return Asker("told", 1)

    async def write(self, step: TakeStep, asked: Asked) -> QuerySet:
        self.asked.append(asked.cluster_id)
        self.most = max(self.most, len(self.asked) - len(self.answered))
        if asked.cluster_id in self.failures:
            raise self.failures[asked.cluster_id]
        await asyncio.sleep(0)
        self.answered.append(asked.cluster_id)
        return QuerySet(asked.cluster_id, asked.prompt, "model", (f"looking for {asked.cluster_id}",))


def questions(*cluster_ids: str) -> list[Asked]:
    return [
        Asked(cluster_id=one, prompt="0123456789abcdef", members=(), title="", names=(), wanted=5)
        for one in cluster_ids
    ]


async def test_each_cluster_is_asked_about_once_and_no_more_at_once_than_allowed() -> None:
    writer = Told()
    sets = await written(questions(*"dcbaefgh"), RankingSettings(), writer, 3)
    assert [one.cluster_id for one in sets] == [*"abcdefgh"]
    assert sorted(writer.asked) == [*"abcdefgh"]
    assert writer.most == 3


async def test_nothing_to_ask_is_no_failure() -> None:
    assert await written([], RankingSettings(), Told(), 3) == []


async def test_a_cluster_whose_question_cannot_be_answered_is_left_out_and_told_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sets = await written(questions(*"abc"), RankingSettings(), Told({"b": BAD}), 1)
    assert [one.cluster_id for one in sets] == ["a", "c"]
    assert "cluster b has no queries: bad_answer: no JSON" in caplog.messages


async def test_where_no_cluster_has_queries_the_first_one_says_why() -> None:
    with pytest.raises(NoQueries, match="no cluster has queries; cluster a has no queries: bad_answer"):
        await written(questions(*"ba"), RankingSettings(), Told({"a": BAD, "b": BAD}), 1)


async def test_when_the_world_refuses_no_more_is_asked_and_what_is_under_way_is_waited_for() -> None:
    writer = Told({"b": AWAY})
    with pytest.raises(Unavailable, match="connection"):
        await written(questions(*"abcdef"), RankingSettings(), writer, 2)
    assert writer.asked == ["a", "b"]
    assert writer.answered == ["a"]
