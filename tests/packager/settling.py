"""A plan for some deals, settled."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from contracts.clusters import SharedDeal
from contracts.deal import Deal
from contracts.settings import PackingSettings
from packager.domain import Known, Neighbourhood, Packing, Plan, Yardstick, drafted, finished
from tests.packager.fakes import EqualRates


def yardstick(settings: PackingSettings | None = None) -> Yardstick:
    return Yardstick(settings or PackingSettings(), EqualRates())


def settle(
    cluster_id: UUID,
    deals: Sequence[Deal],
    plan: Plan,
    settings: PackingSettings | None = None,
    *,
    shared: Mapping[str, SharedDeal] | None = None,
    known: Known | None = None,
) -> Packing:
    neighbourhood = Neighbourhood(cluster_id, shared or {})
    return finished(drafted(neighbourhood, deals, plan, yardstick(settings)), known or {})


def reasons(packing: Packing) -> dict[str, str]:
    return {each.item_id: each.code for each in packing.excluded.exclusions} if packing.excluded else {}
