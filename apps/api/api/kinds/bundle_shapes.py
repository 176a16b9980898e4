"""What is asked and told of bundles."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.kinds.kind import MAX_IDS
from api.kinds.products import ProductIds
from api.kinds.shapes import EXAMPLE_COST, EXAMPLE_RUN, Ask, RunListed, RunStatus, Shape, Status
from contracts.bundles import Bundle, NamedBy
from contracts.bundling import BundleSettings
from contracts.moments import Moment
from contracts.order import DEFAULT_STORE, Store
from contracts.runs import Counts

EXAMPLE_UPLOAD_ID = "b8f4a9f2-5a1e-5d0b-9c55-6b3a1f0d2e77"
EXAMPLE_BUNDLE_ID = "2f6a7c1e-0d3b-5a44-8c19-7e5b6a9d0c21"
EXAMPLE_ACCOUNT: dict[str, Any] = {"placed": 22, "failed": 0, "excluded": 88, "bundles": 10}
EXAMPLE_LISTED: dict[str, Any] = {
    "run_id": EXAMPLE_RUN,
    "revision": 1,
    "status": "completed",
    "requested_at": "2025-06-18T12:03:01Z",
    "finished_at": "2025-06-18T12:03:14Z",
    "counts": EXAMPLE_ACCOUNT,
    "cost": EXAMPLE_COST,
    "words": "",
    "total_products": 110,
}
EXAMPLE_STATUS: dict[str, Any] = {
    **EXAMPLE_LISTED,
    "status": "running",
    "finished_at": None,
    "state": "active",
    "phase": "generating",
    "progress_percent": 0.0,
    "estimated_completion": None,
    "steps": 2,
    "steps_done": 1,
    "budget_usd": None,
    "processed_products": 0,
}
EXAMPLE_BUNDLE: dict[str, Any] = {
    "rank": 1,
    "bundle_id": EXAMPLE_BUNDLE_ID,
    "name": "Wi-Fi dimmer switch + wall plate",
    "description": "Bought together; 5 % less than apart.",
    "named_by": "template",
    "store": "lisbon",
    "kind": "FBT",
    "objective": "increase_aov",
    "method": "association_rules",
    "cold_start": False,
    "items": [
        {"product_id": "B07-4411", "name": "Wi-Fi dimmer switch, single pole", "price": 29.9},
        {"product_id": "4711", "name": "Wall plate, white", "price": 9.9},
    ],
    "currency": "EUR",
    "full_price": 39.8,
    "price": 37.81,
    "discount": 0.05,
    "tiers": [],
    "margin": 0.38,
    "score": {
        "semantic": 0.52,
        "data": 0.81,
        "business": 0.4,
        "alpha": 0.2,
        "beta": 0.6,
        "gamma": 0.2,
        "hybrid": 0.67,
        "mmr": 0.61,
    },
    "evidence": {
        "together": 41,
        "support": 0.02,
        "confidence": 0.3,
        "confidence_low": 0.23,
        "lift": 3.1,
        "lift_low": 2.2,
        "p_value": 0.0001,
    },
}
EXAMPLE_RESULTS: dict[str, Any] = {
    "run_id": EXAMPLE_RUN,
    "revision": 1,
    "status": "completed",
    "store": "lisbon",
    "as_of": "2025-06-17T18:22:00Z",
    "counts": EXAMPLE_ACCOUNT,
    "record": {
        "csv_upload_id": EXAMPLE_UPLOAD_ID,
        "store": "lisbon",
        "cold_start": False,
        "time_budget": {"target_ms": 12000, "limit_ms": 20000, "actual_duration_ms": 9120},
        "policy_gates": {"no_margin": 14},
        "diversity_selection": {"candidates_after_gates": 310, "final_bundle_count": 10},
    },
    "bundles": [EXAMPLE_BUNDLE],
    "next_cursor": None,
}


class StartBundles(Ask):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"store": "lisbon", "settings": {"bundles": 10}, "budget_usd": 0.5}]}
    )

    store: Store = Field(default=DEFAULT_STORE, description="Whose orders count.")
    csv_upload_id: UUID | None = Field(
        default=None, description="Its products and orders are meant; null: those that were published."
    )
    product_ids: ProductIds | None = Field(
        default=None, min_length=1, max_length=MAX_IDS, description="Of these alone; null: of all products."
    )
    as_of: Moment | None = Field(
        default=None, description="Later orders do not count, and this is today; null: the last order."
    )
    settings: BundleSettings = BundleSettings()
    wait_seconds: float = Field(
        default=300, ge=0, le=3600, description="For an upload that is being read; then the run fails."
    )
    budget_usd: float | None = Field(
        default=None, ge=0, le=1e9, description="What naming bundles may cost; null: no limit."
    )


class BundlesStarted(Shape):
    run_id: str
    status: Literal["started"] = "started"
    total_products: int | None = Field(description="Null: all of them.")

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"run_id": EXAMPLE_RUN, "status": "started", "total_products": None}]}
    )


class BundlesStatus(RunStatus):
    total_products: int
    processed_products: int

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_STATUS]})


class BundlesListed(RunListed):
    total_products: int | None


class BundlesRuns(Shape):
    runs: list[BundlesListed]
    next_cursor: str | None

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"runs": [EXAMPLE_LISTED], "next_cursor": None}]}
    )


class BundleResult(Bundle):
    """A bundle as a run offers it."""

    rank: int
    name: str
    description: str
    named_by: NamedBy = Field(description="model: named afterwards; until then by a template.")


class BundlesResults(Shape):
    run_id: str
    revision: int
    status: Status
    store: str | None = Field(description="Null, as are `as_of` and `record`: nothing was looked for.")
    as_of: datetime | None
    counts: Counts = Field(description="What became of the products: placed, failed or excluded.")
    record: dict[str, Any] | None = Field(
        description="What was weighed, tried, rejected and chosen. On the first page; null on others."
    )
    bundles: list[BundleResult] = Field(description="One page, by rank.")
    next_cursor: str | None

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_RESULTS]})
