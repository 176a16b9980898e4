"""The ledger's tables."""

from collections.abc import Sequence
from typing import Final, get_args

from contracts import Entity
from contracts.runs import EventBuried, RunStatus
from ledger.domain import Change, Ended, Entry, Milestone
from runtime import RunKey, Transaction

STATUSES: Final = get_args(RunStatus)

WRITE: Final = """
insert into event as known
    (event_id, topic, tenant, run_id, revision, entity, cluster_id, sha256, seen_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, to_timestamp($9::bigint / 1000.0))
on conflict (event_id) do update
set repeated = known.repeated + 1, conflicts = known.conflicts + (known.sha256 <> excluded.sha256)::int
"""

# Events of one run come over several topics, in any order: whatever says a thing first is believed.
MARK: Final = """
insert into run_seen as known
    (tenant, run_id, revision, kind, status, requested_at, frozen_at, clustered_at, packaged_at, finished_at,
     items, clusters, packages, counts, cost, settings, budget_usd, words, quality)
values ($1, $2, $3, $4, $5, to_timestamp($6::bigint / 1000.0), to_timestamp($7::bigint / 1000.0),
        to_timestamp($8::bigint / 1000.0), to_timestamp($9::bigint / 1000.0),
        to_timestamp($10::bigint / 1000.0), $11, $12, $13, $14, $15, $16, $17, $18, $19)
on conflict (tenant, run_id, revision) do update
set kind = coalesce(known.kind, excluded.kind),
    status = coalesce(known.status, excluded.status),
    requested_at = coalesce(known.requested_at, excluded.requested_at),
    frozen_at = coalesce(known.frozen_at, excluded.frozen_at),
    clustered_at = coalesce(known.clustered_at, excluded.clustered_at),
    packaged_at = coalesce(known.packaged_at, excluded.packaged_at),
    finished_at = coalesce(known.finished_at, excluded.finished_at),
    items = coalesce(known.items, excluded.items),
    clusters = coalesce(known.clusters, excluded.clusters),
    packages = coalesce(known.packages, excluded.packages),
    counts = coalesce(known.counts, excluded.counts),
    cost = coalesce(known.cost, excluded.cost),
    settings = coalesce(known.settings, excluded.settings),
    budget_usd = coalesce(known.budget_usd, excluded.budget_usd),
    words = coalesce(known.words, excluded.words),
    quality = coalesce(known.quality, excluded.quality)
"""

KEEP: Final = """
insert into buried
    (letter_id, tenant, stage, code, words, place, record_key, sha256, bytes, buried_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, to_timestamp($10::bigint / 1000.0))
on conflict (tenant, letter_id) do nothing
"""


NOTE: Final = """
insert into run_change (event_id, tenant, run_id, revision, change, asked_by, words, at)
values ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8::bigint / 1000.0))
on conflict do nothing returning true
"""

ENDED: Final = """
select kind, status, extract(epoch from finished_at - requested_at)::float8 as seconds
from run_seen where (tenant, run_id, revision) = ($1, $2, $3) and finished_at is not null
"""


class PostgresChanges:
    async def note(self, tx: Transaction, changes: Sequence[Change]) -> Sequence[Ended]:
        ended = []
        for one in sorted(changes, key=lambda change: change.event_id):
            run = (one.tenant, one.run_id, one.revision)
            row = (one.event_id, *run, one.change, one.asked_by, one.words, one.at_ms)
            if await tx.connection.fetchval(NOTE, *row) and one.change in STATUSES:
                ended += [Ended(**dict(over)) for over in await tx.connection.fetch(ENDED, *run)]
        return ended


class PostgresLog:
    async def write(self, tx: Transaction, entries: Sequence[Entry]) -> None:
        # In one order everywhere: two workers may hold the same ids.
        ordered = sorted(entries, key=lambda entry: entry.event_id)
        rows = [
            (
                entry.event_id,
                entry.topic,
                entry.tenant,
                entry.run_id,
                entry.revision,
                entry.entity,
                entry.cluster_id,
                entry.sha256,
                entry.seen_ms,
            )
            for entry in ordered
        ]
        await tx.connection.executemany(WRITE, rows)


class PostgresRuns:
    async def mark(self, tx: Transaction, milestones: Sequence[tuple[RunKey, Milestone]]) -> None:
        rows = [_row(run, milestone) for run, milestone in milestones]
        rows.sort(key=lambda row: row[:3])
        await tx.connection.executemany(MARK, rows)


class PostgresLetters:
    async def keep(self, tx: Transaction, letters: Sequence[tuple[EventBuried, int]]) -> None:
        rows = [
            (
                letter.letter_id,
                letter.tenant,
                letter.stage,
                letter.code,
                letter.words,
                letter.place,
                letter.record_key,
                letter.sha256,
                letter.bytes,
                seen_ms,
            )
            for letter, seen_ms in letters
        ]
        await tx.connection.executemany(KEEP, rows)


def _row(run: RunKey, milestone: Milestone) -> tuple[object, ...]:
    return (
        run.tenant,
        run.run_id,
        run.revision,
        milestone.kind,
        milestone.status,
        milestone.requested_ms,
        milestone.frozen_ms,
        milestone.clustered_ms,
        milestone.packaged_ms,
        milestone.finished_ms,
        milestone.items,
        milestone.clusters,
        milestone.packages,
        _json(milestone.counts),
        _json(milestone.cost),
        _json(milestone.settings),
        milestone.budget_usd,
        milestone.words,
        _json(milestone.quality),
    )


def _json(entity: Entity | None) -> str | None:
    return None if entity is None else entity.canonical().decode()
