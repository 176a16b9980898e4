"""The deals of a run as they were frozen, by item id."""

from cli.connections import Connection, Store
from cli.domain.evidence import Named
from cli.errors import CliError
from cli.manifests import read_manifest
from contracts import InvalidEvent, WorkFailed
from contracts.deal import Deal, read_deal
from contracts.deals import Snapshot

SNAPSHOT = """
select snapshot_key as key, snapshot_sha256 as sha256 from read.frozen_v1
where tenant = $1 and run_id = $2 and revision <= $3 order by revision desc limit 1
"""


async def frozen_deals(views: Connection, store: Store, run: tuple[str, str, int]) -> dict[str, Deal]:
    row = await views.fetchrow(SNAPSHOT, *run)
    if row is None:
        raise CliError(f"{run[1]} has not frozen its deals yet: `assort watch {run[1]}` follows it")
    try:
        snapshot = await read_manifest(store, Named(row["key"], row["sha256"]), Snapshot)
        bodies = [await store.get(shard.bodies.key) for shard in snapshot.shards]
    except (WorkFailed, InvalidEvent) as error:
        raise CliError(f"{error.words}; see `assort verify {run[1]}`") from error
    deals = [read_deal(line) for body in bodies for line in body.splitlines() if line.strip()]
    return {deal.item_id: deal for deal in deals}
