"""Queries about all clusters in one process, without events: so many questions at once."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from contracts import WorkFailed
from contracts.ranking import RankingSettings
from ranker.domain.ground import Asked
from ranker.domain.records import QuerySet
from ranker.domain.tasks import TakeStep
from ranker.handler.ports import Writer

log = logging.getLogger(__name__)


class NoQueries(WorkFailed):
    """No answer was of use, or none came."""

    def __init__(self, words: str) -> None:
        super().__init__("no_queries", words)


@dataclass(frozen=True, slots=True)
class Questions:
    """Those that are left, and what became of the others."""

    left: deque[Asked]
    settings: RankingSettings
    writer: Writer
    sets: list[QuerySet] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    async def ask(self) -> None:
        """One after the other, while there are any. What the world refuses to one is asked of nobody else."""
        while self.left:
            asked = self.left.popleft()
            try:
                self._heard(await self.writer.write(_step(asked, self.settings), asked))
            except WorkFailed as failure:
                self.failed.append(
                    f"cluster {asked.cluster_id} has no queries: {failure.code}: {failure.words}"
                )
                log.warning("%s", self.failed[-1])
            except BaseException:
                self.left.clear()
                raise

    def _heard(self, queries: QuerySet) -> None:
        self.sets.append(queries)
        number, made_by = len(queries.queries), queries.made_by
        log.info("cluster %s: %d queries, made by %s", queries.cluster_id, number, made_by)


async def written(
    asked: Sequence[Asked], settings: RankingSettings, writer: Writer, at_once: int
) -> list[QuerySet]:
    """Sorted by cluster. A cluster whose question cannot be answered is left out, and told of.

    Answers that are under way when another call fails are waited for: they are paid for.
    """
    questions = Questions(deque(asked), settings, writer)
    asking = (questions.ask() for _ in range(min(at_once, len(asked))))
    for failure in _failures(await asyncio.gather(*asking, return_exceptions=True)):
        raise failure
    if questions.failed and not questions.sets:
        raise NoQueries(f"no cluster has queries; {min(questions.failed)}")
    return sorted(questions.sets, key=lambda one: one.cluster_id)


def _failures(ended: Sequence[BaseException | None]) -> Iterator[BaseException]:
    return (one for one in ended if one is not None)


def _step(asked: Asked, settings: RankingSettings) -> TakeStep:
    """Bad answers belong to a run: with another seed they are asked for anew."""
    return TakeStep(run_id=f"data_gen-{settings.seed}", step="ask", name=asked.cluster_id, settings=settings)
