"""One piece of a run: queries about a cluster, or the wait for their vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from contracts import Event, Unavailable
from ranker.domain.ground import Asked
from ranker.domain.records import QuerySet
from ranker.domain.tasks import TakeStep
from ranker.handler.ports import Rows, Writer
from ranker.handler.reading import Store
from runtime import Transaction
from runtime.work import run_of

LOOK_AGAIN_SECONDS: Final = 0.2

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class MakeStep:
    rows: Rows
    writer: Writer
    store: Store

    async def decide(self, step: TakeStep) -> QuerySet | None:
        """None: all texts have vectors, or never will have."""
        if step.asked is not None:
            return await self.writer.write(step, await self.store.read(Asked, step.asked))
        if await self.rows.embedded(run_of(step), step.name) is None:
            raise Unavailable("waiting for the vectors of the queries", LOOK_AGAIN_SECONDS)
        return None

    async def record(self, tx: Transaction, step: TakeStep, queries: QuerySet | None) -> Sequence[Event]:
        if queries is not None:
            await self.rows.settle(tx, queries)
            log.info(
                "Queries were written about a cluster",
                action="queries_written",
                cluster=queries.cluster_id,
                queries=len(queries.queries),
                made_by=queries.made_by,
            )
        return []
