"""What became of one deal in one run, from its publication to its packages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from cli.connections import Connection, Store
from cli.domain.evidence import Named
from cli.errors import CliError
from cli.manifests import named, outcome_of, read_manifest
from cli.reading import RunRow
from contracts import InvalidEvent, WorkFailed
from contracts.clusters import Clustering
from contracts.deals import Snapshot
from contracts.packages import Outcome
from contracts.unplaced import Unplaced

ITEMS = """
select item_id, version, name, withdrawn, content_sha256, updated_at from read.items_v1
where tenant = $1 and kind = 'deal' and (item_id = $2 or right(item_id, length($2) + 1) = '/' || $2)
order by item_id limit 6
"""

SNAPSHOT = """
select snapshot_key as key, snapshot_sha256 as sha256 from read.frozen_v1
where tenant = $1 and run_id = $2 and revision = $3
"""

CLUSTERING = """
select clustering_key as key, clustering_sha256 as sha256 from read.clusterings_v1
where tenant = $1 and run_id = $2 and revision = $3
"""

CLUSTERS = """
select d.cluster_id::text as entity, c.deals from read.cluster_deals_v1 d
join read.clusters_v1 c using (tenant, run_id, cluster_id)
where d.tenant = $1 and d.run_id = $2 and d.item_id = $3 order by entity
"""

PACKAGES = """
select distinct p.package_id::text as entity, p.package_name, p.cluster_id::text,
       e.package_id is not null as enriched
from read.package_deals_v1 d
join read.packages_v1 p using (tenant, run_id, package_id)
left join read.packages_enriched_v1 e using (tenant, run_id, package_id)
where d.tenant = $1 and d.run_id = $2 and d.item_id = $3 and p.kind = 'package' order by entity
"""

EXCLUDED = """
select cluster_id::text as entity, code, words from read.excluded_deals_v1
where tenant = $1 and run_id = $2 and item_id = $3 order by entity
"""

CALLS = """
select entity, interaction_type, file_path, model, status, cached from read.llm_interactions_v1
where tenant = $1 and run_id = $2 and entity = any($3) order by started_at, file_path
"""


@dataclass(frozen=True, slots=True)
class Item:
    item_id: str
    version: str
    name: str
    withdrawn: bool
    content_sha256: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Chapter:
    """A cluster, a package or an exclusion that the deal is in, and the calls that decided it."""

    entity: str
    words: str
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    item: Item | None
    item_id: str
    run_id: str
    revision: int
    status: str | None
    passed: int  # newer runs that did not ask for it
    snapshot: Named | None
    clusters: tuple[Chapter, ...]
    packages: tuple[Chapter, ...]
    excluded: tuple[Chapter, ...]
    state: str
    reason: Unplaced | None


async def find_item(views: Connection, tenant: str, given: str) -> Item | str:
    """The item that is meant. One that was never published may still have been asked for."""
    rows = await views.fetch(ITEMS, tenant, given)
    exact = [row for row in rows if row["item_id"] == given] or rows
    if len(exact) > 1:
        raise CliError(f"{given} may be {', '.join(row['item_id'] for row in exact)}: write the origin too")
    if not exact:
        if "/" not in given:
            raise CliError(f"no deal {given} was ever published: `assort publish` does that")
        return given
    return _item(exact[0])


async def tell(views: Connection, store: Store, item: Item | str, run: RunRow, passed: int = 0) -> Story:
    item_id = item if isinstance(item, str) else item.item_id
    key = (run.tenant, run.run_id)
    clusters = await views.fetch(CLUSTERS, *key, item_id)
    packages = await views.fetch(PACKAGES, *key, item_id)
    excluded = await views.fetch(EXCLUDED, *key, item_id)
    entities = {row["entity"] for row in (*clusters, *packages, *excluded)}
    calls = await views.fetch(CALLS, *key, list(entities))
    snapshot = await views.fetchrow(SNAPSHOT, *key, run.revision)
    state, reason = await _state(views, store, run, item_id)
    return Story(
        item=None if isinstance(item, str) else item,
        item_id=item_id,
        run_id=run.run_id,
        revision=run.revision,
        status=run.status,
        passed=passed,
        snapshot=named(snapshot) if snapshot else None,
        clusters=tuple(_chapter(row, f"one of {row['deals']} deals", calls) for row in clusters),
        packages=tuple(_chapter(row, _package_words(row), calls) for row in packages),
        excluded=tuple(_chapter(row, f"{row['code']}: {row['words']}", calls) for row in excluded),
        state=state,
        reason=reason,
    )


async def _state(views: Connection, store: Store, run: RunRow, item_id: str) -> tuple[str, Unplaced | None]:
    """As the run's own outcome says it, with the reason; before the end, as its stages have said so far."""
    try:
        outcome = await outcome_of(views, store, run)
        if outcome is None:
            return await _state_so_far(views, store, run, item_id)
    except (WorkFailed, InvalidEvent) as error:
        raise CliError(f"{error.words}; see `assort verify {run.run_id}`") from error
    if item_id in outcome.placed:
        return "placed", None
    return _unplaced(outcome, item_id) or ("not asked for", None)


async def _state_so_far(
    views: Connection, store: Store, run: RunRow, item_id: str
) -> tuple[str, Unplaced | None]:
    key = (run.tenant, run.run_id, run.revision)
    manifests: list[Snapshot | Clustering] = []
    if row := await views.fetchrow(SNAPSHOT, *key):
        manifests.append(await read_manifest(store, named(row), Snapshot))
    if row := await views.fetchrow(CLUSTERING, *key):
        manifests.append(await read_manifest(store, named(row), Clustering))
    for manifest in manifests:
        if found := _unplaced(manifest, item_id):
            return found
    return "open", None


def _unplaced(manifest: Snapshot | Clustering | Outcome, item_id: str) -> tuple[str, Unplaced] | None:
    for state, listed in (("failed", manifest.failed), ("excluded", manifest.excluded)):
        for one in listed:
            if one.item_id == item_id:
                return state, one
    return None


def _item(row: Record) -> Item:
    return Item(
        item_id=row["item_id"],
        version="-" if row["version"] is None else str(row["version"]),
        name=row["name"] or "",
        withdrawn=row["withdrawn"],
        content_sha256=row["content_sha256"] or "",
        updated_at=row["updated_at"],
    )


def _chapter(row: Record, words: str, calls: Sequence[Record]) -> Chapter:
    own = tuple(
        f"{call['file_path']} ({call['model']}, {'stored answer' if call['cached'] else call['status']})"
        for call in calls
        if call["entity"] == row["entity"]
    )
    return Chapter(row["entity"], words, own)


def _package_words(row: Record) -> str:
    return f"{row['package_name']} ({'enriched' if row['enriched'] else 'proposed, not enriched'})"
