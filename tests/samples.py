"""Deals, clusters and packages for the tests of the deal path."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from contracts import Reference, canonical, derived_id
from contracts.clusters import ClusterFormed
from contracts.deal import Deal, read_deal
from contracts.packages import ExcludedDeal, PackageProposed
from contracts.settings import PackageSettings
from objects import ObjectStore, put_content

RUN_ID = "RUN_20260301T120000Z_0a1b2c3d"
NOWHERE = Reference(key="main/bodies/none.jsonl", sha256="0" * 64, bytes=0, count=0)


def deal(number: int, **changes: Any) -> Deal:
    """A plain deal about cars; `changes` are fields of the plain form."""
    plain = {
        "deal_id": str(number),
        "deal_name": f"Auto deal {number}",
        "ssp_name": "BidSwitch",
        "format": "video",
        "taxonomy": {"tier1": "Automotive", "tier2": "Auto Body Styles"},
        "concepts": ["auto", "luxury"],
        "safety": {"garm_risk_rating": "Low", "family_safe": True},
        "audience": {"inferred_audience": ["Auto Intenders"]},
        "commercial": {
            "quality_tier": "Premium",
            "volume_tier": "High",
            "floor_price": 5.5,
            "currency": "USD",
        },
        "publishers": ["Paramount"],
    }
    return read_deal(canonical({**plain, **changes}))


def deals(count: int, *, start: int = 1, **changes: Any) -> list[Deal]:
    return in_order(deal(number, **changes) for number in range(start, start + count))


def in_order(found: Any) -> list[Deal]:
    return sorted(found, key=lambda each: each.item_id)


def ids(found: Sequence[Deal]) -> tuple[str, ...]:
    return tuple(each.item_id for each in found)


def lines(found: Sequence[Deal]) -> bytes:
    return b"".join(each.canonical() + b"\n" for each in found)


async def keep_bodies(store: ObjectStore, tenant: str, found: Sequence[Deal]) -> Reference:
    return await put_content(store, f"{tenant}/bodies", lines(found), count=len(found), suffix=".jsonl")


def cluster(
    found: Sequence[Deal],
    bodies: Reference = NOWHERE,
    *,
    tenant: str = "main",
    run_id: str = RUN_ID,
    revision: int = 1,
    settings: PackageSettings | None = None,
    budget_usd: float | None = None,
) -> ClusterFormed:
    return ClusterFormed(
        tenant=tenant,
        run_id=run_id,
        revision=revision,
        cluster_id=derived_id("cluster", *ids(found)),
        deal_ids=ids(found),
        deals=bodies,
        settings=settings or PackageSettings(),
        budget_usd=budget_usd,
    )


def package(
    found: Sequence[Deal],
    bodies: Reference = NOWHERE,
    *,
    tenant: str = "main",
    run_id: str = RUN_ID,
    revision: int = 1,
    name: str = "Premium Automotive CTV",
    cluster_id: UUID | None = None,
    budget_usd: float | None = None,
) -> PackageProposed:
    return PackageProposed(
        tenant=tenant,
        run_id=run_id,
        revision=revision,
        package_id=derived_id("package", *ids(found)),
        cluster_id=cluster_id or derived_id("cluster", *ids(found)),
        package_name=name,
        deal_ids=ids(found),
        reasoning="They are all about cars.",
        deals=bodies,
        model="assort-simulator-1",
        budget_usd=budget_usd,
    )


def excluded(
    found: Sequence[Deal], bodies: Reference = NOWHERE, *, tenant: str = "main", code: str = "off_topic"
) -> PackageProposed:
    return PackageProposed(
        tenant=tenant,
        run_id=RUN_ID,
        package_id=derived_id("excluded", *ids(found)),
        cluster_id=derived_id("cluster", *ids(found)),
        kind="excluded",
        package_name="Excluded deals",
        deal_ids=(),
        excluded=tuple(
            ExcludedDeal(origin=each.origin, deal_id=each.id, code=code, words="It is about something else.")
            for each in found
        ),
        reasoning="",
        deals=bodies,
        model="assort-simulator-1",
    )
