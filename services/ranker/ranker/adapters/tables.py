"""Runs, queries, vectors and records, as rows."""

from collections.abc import Sequence
from typing import Final

import asyncpg

from contracts import Entity, Reference
from contracts.deals import ItemsFrozen
from contracts.ranking_data import TextsEmbedded
from ranker.domain.records import Begun, Conclusion, GivenUp, QuerySet
from ranking.record import Record
from runtime import RunKey, Transaction

BEGIN: Final = """
insert into ranking_run (tenant, run_id, revision, frozen, ground, drawn, code, words)
values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning true
"""

BEGUN: Final = """
select frozen, ground, drawn, code, words from ranking_run where (tenant, run_id, revision) = ($1, $2, $3)
"""

SETTLE: Final = """
insert into query_set (tenant, run_id, revision, cluster_id, prompt, made_by, queries)
values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing
"""

QUERIES: Final = """
select cluster_id, prompt, made_by, queries from query_set where (tenant, run_id, revision) = ($1, $2, $3)
order by cluster_id collate "C"
"""

KEEP_EMBEDDED: Final = """
insert into embedded (tenant, run_id, revision, sha256, told) values ($1, $2, $3, $4, $5)
on conflict do nothing
"""

EMBEDDED: Final = "select told from embedded where (tenant, run_id, revision, sha256) = ($1, $2, $3, $4)"

FINISH: Final = """
update ranking_run set finished = $4, generated = $5, finished_at = now()
where (tenant, run_id, revision) = ($1, $2, $3)
"""

RECORD: Final = (
    "tenant",
    "run_id",
    "revision",
    "number",
    "query",
    "candidate_id",
    "cluster_id",
    "label",
    "grade",
    "reason",
    "split",
    "made_by",
)


class PostgresRows:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def begin(self, tx: Transaction, begun: Begun) -> bool:
        given_up = begun.given_up
        return bool(
            await tx.connection.fetchval(
                BEGIN,
                *_key(tx.run),
                _text(begun.frozen),
                _text(begun.ground) if begun.ground else None,
                begun.drawn,
                given_up.code if given_up else None,
                given_up.words if given_up else None,
            )
        )

    async def begun(self, run: RunKey) -> Begun:
        [row] = await self.pool.fetch(BEGUN, *_key(run))
        return Begun(
            frozen=ItemsFrozen.read(row["frozen"]),
            ground=Reference.read(row["ground"]) if row["ground"] else None,
            drawn=tuple(row["drawn"]),
            given_up=GivenUp(row["code"], row["words"]) if row["code"] else None,
        )

    async def settle(self, tx: Transaction, queries: QuerySet) -> None:
        row = (queries.cluster_id, queries.prompt, queries.made_by, queries.queries)
        await tx.connection.execute(SETTLE, *_key(tx.run), *row)

    async def queries(self, run: RunKey) -> Sequence[QuerySet]:
        return [
            QuerySet(row["cluster_id"], row["prompt"], row["made_by"], tuple(row["queries"]))
            for row in await self.pool.fetch(QUERIES, *_key(run))
        ]

    async def keep_embedded(self, tx: Transaction, told: Sequence[TextsEmbedded]) -> None:
        rows = [(one.tenant, one.run_id, one.revision, one.texts.sha256, _text(one)) for one in told]
        await tx.connection.executemany(KEEP_EMBEDDED, sorted(rows))

    async def embedded(self, run: RunKey, sha256: str) -> TextsEmbedded | None:
        told = await self.pool.fetchval(EMBEDDED, *_key(run), sha256)
        return None if told is None else TextsEmbedded.read(told)

    async def finish(self, tx: Transaction, conclusion: Conclusion) -> None:
        generated = conclusion.generated
        told = (_text(conclusion.finished), _text(generated) if generated else None)
        await tx.connection.execute(FINISH, *_key(tx.run), *told)
        rows = [
            (*_key(tx.run), number, *_columns(record)) for number, record in enumerate(conclusion.records)
        ]
        await tx.connection.copy_records_to_table("record", records=rows, columns=RECORD)


def _columns(record: Record) -> tuple[object, ...]:
    return (
        record.query,
        record.candidate_id,
        record.cluster_id,
        record.label,
        record.grade,
        record.reason,
        record.split,
        record.made_by,
    )


def _key(run: RunKey) -> tuple[str, str, int]:
    return (run.tenant, run.run_id, run.revision)


def _text(entity: Entity) -> str:
    return entity.canonical().decode()
