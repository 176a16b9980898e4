"""What a run itself wrote about its deals: which it took in, and what became of each."""

import hashlib
from typing import TypeVar

from asyncpg import Record

from cli.connections import Connection, Store
from cli.domain.evidence import Named
from cli.reading import RunRow
from contracts import Entity, WorkFailed
from contracts.deal import item_id
from contracts.deals import Snapshot
from contracts.event import loads
from contracts.packages import Outcome

# A retry asks for what its run asked for: until it has frozen its own deals, the ones before tell as much.
SNAPSHOT = """
select snapshot_key as key, snapshot_sha256 as sha256 from read.frozen_v1
where tenant = $1 and run_id = $2 and revision <= $3 order by revision desc limit 1
"""

OUTCOME = """
select outcome_key as key, outcome_sha256 as sha256 from read.outcomes_v1
where tenant = $1 and run_id = $2 and revision = $3 and outcome_key is not null
"""

E = TypeVar("E", bound=Entity)


async def outcome_of(views: Connection, store: Store, run: RunRow) -> Outcome | None:
    """None: the run is not over, or nothing could be accounted for."""
    row = await views.fetchrow(OUTCOME, run.tenant, run.run_id, run.revision)
    return None if row is None else await read_manifest(store, named(row), Outcome)


async def asks_for(views: Connection, store: Store, run: RunRow, wanted: str) -> bool | None:
    """Whether the deal was asked for. None: the run has not frozen its deals yet."""
    outcome = await outcome_of(views, store, run)
    if outcome is not None:
        return wanted in outcome.placed or _names(wanted, outcome)
    row = await views.fetchrow(SNAPSHOT, run.tenant, run.run_id, run.revision)
    if row is None:
        return None if run.status is None else False
    snapshot = await read_manifest(store, named(row), Snapshot)
    return _names(wanted, snapshot) or await _is_frozen(store, snapshot, wanted)


async def read_manifest(store: Store, name: Named, kind: type[E]) -> E:
    """Raises WorkFailed or InvalidEvent where it is missing or damaged."""
    return kind.read(await read_named(store, name))


async def read_named(store: Store, name: Named) -> bytes:
    """Raises WorkFailed where it is missing or damaged."""
    body = await store.get(name.key)
    if hashlib.sha256(body).hexdigest() != name.sha256:
        raise WorkFailed(
            "object_damaged", f"{name.key}: its bytes do not have the sha256 under which it is known"
        )
    return body


def named(row: Record) -> Named:
    return Named(row["key"], row["sha256"])


def item_ids(bodies: bytes) -> tuple[str, ...]:
    """Of a shard, in its order."""
    deals = [loads(line) for line in bodies.splitlines() if line.strip()]
    return tuple(item_id(deal["origin"], deal["id"]) for deal in deals)


def _names(wanted: str, manifest: Outcome | Snapshot) -> bool:
    return any(one.item_id == wanted for one in (*manifest.failed, *manifest.excluded))


async def _is_frozen(store: Store, snapshot: Snapshot, wanted: str) -> bool:
    for shard in snapshot.shards:
        if wanted in item_ids(await store.get(shard.bodies.key)):
            return True
    return False
