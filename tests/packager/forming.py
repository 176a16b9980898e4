"""Clusters as events with bodies in the store, and what came out."""

from collections.abc import Sequence

from contracts.clusters import ClusterFormed
from contracts.deal import Deal, item_id
from contracts.packages import PackageProposed, Packaging, PackagingClosed
from objects import get_content
from tests.packager.conftest import Bench
from tests.samples import cluster, deals, keep_bodies

AUTOMOTIVE = deals(5)
TRAVEL = deals(
    4, start=101, taxonomy={"tier1": "Travel"}, audience={"inferred_audience": ["Frequent Flyers"]}
)
ODD = deals(1, start=900, taxonomy={"tier1": "Pets"})


async def formed(
    bench: Bench, found: Sequence[Deal], *, revision: int = 1, budget_usd: float | None = None
) -> ClusterFormed:
    found = sorted(found, key=lambda each: each.item_id)
    bodies = await keep_bodies(bench.stage.store, bench.stage.tenant, found)
    tenant = bench.stage.tenant
    return cluster(found, bodies, tenant=tenant, revision=revision, budget_usd=budget_usd)


async def packaging_of(bench: Bench, closed: PackagingClosed) -> Packaging:
    return Packaging.read(await get_content(bench.stage.store, closed.packaging))


def accounted(events: Sequence[PackageProposed]) -> list[str]:
    placed = {item for event in events for item in event.deal_ids}
    excluded = {item_id(each.origin, each.deal_id) for event in events for each in event.excluded}
    assert not placed & excluded
    return sorted(placed | excluded)
