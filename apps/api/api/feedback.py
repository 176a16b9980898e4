"""What visitors do about bundles: taken by the batch, sent one by one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from api import idempotency
from api.audit import Asking, Change
from api.kinds.bundle_shapes import EXAMPLE_BUNDLE_ID
from api.kinds.shapes import Ask
from api.once import Prepared, once
from api.opening import Resources
from contracts import Event
from contracts.bundles import Arm, BundleAdded, BundlePurchased, BundleViewed, Feedback
from contracts.order import OrderId
from contracts.terms import Currency, Number
from runtime.work import Database

PATH: Final = "/api/feedback"
MAX_EVENTS: Final = 1000

UNKNOWN: Final = """
select told.bundle_id::text from unnest($2::uuid[]) with ordinality as told (bundle_id, place)
where not exists (select from bundles_v1 b where (b.tenant, b.bundle_id) = ($1, told.bundle_id))
order by told.place
"""


class Viewed(Feedback):
    """A visitor came where the bundle is offered. Those of the control arm did not see it."""

    kind: Literal["viewed"]
    arm: Arm = "treatment"


class Added(Feedback):
    """A visitor put the bundle into the cart."""

    kind: Literal["added"]


class Purchased(Feedback):
    """A visitor bought the bundle."""

    kind: Literal["purchased"]
    order_id: OrderId
    bundle_value: Number = Field(description="Paid for the bundle.")
    order_value: Number = Field(description="Paid for the whole order, the bundle in it.")
    currency: Currency | None = None


Said = Viewed | Added | Purchased
SENT: Final[Mapping[str, type[BundleViewed | BundleAdded | BundlePurchased]]] = {
    "viewed": BundleViewed,
    "added": BundleAdded,
    "purchased": BundlePurchased,
}


def _each_once(events: tuple[Said, ...]) -> tuple[Said, ...]:
    """The same said twice counts once; two things under one name contradict each other."""
    said = tuple(dict.fromkeys(events))
    [(name, count)] = Counter(one.entity for one in said).most_common(1)
    if count > 1:
        raise ValueError(f"{name} is the name of {count} different things: a feedback_id names one")
    return said


EXAMPLE: Final[dict[str, Any]] = {
    "events": [
        {
            "kind": "viewed",
            "feedback_id": "f-1",
            "bundle_id": EXAMPLE_BUNDLE_ID,
            "store": "lisbon",
            "visitor": "v-81",
            "at": "2025-06-19T09:00:00Z",
            "arm": "treatment",
        },
        {
            "kind": "purchased",
            "feedback_id": "f-2",
            "bundle_id": EXAMPLE_BUNDLE_ID,
            "store": "lisbon",
            "visitor": "v-81",
            "at": "2025-06-19T09:04:00Z",
            "order_id": "1003",
            "bundle_value": 37.81,
            "order_value": 61.2,
            "currency": "EUR",
        },
    ]
}


class Batch(Ask):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    events: Annotated[
        tuple[Annotated[Said, Field(discriminator="kind")], ...],
        Field(min_length=1, max_length=MAX_EVENTS),
        AfterValidator(_each_once),
    ]


async def take(resources: Resources, asking: Asking, batch: Batch) -> dict[str, Any]:
    async def prepare() -> Prepared:
        tenant = asking.caller.tenant
        bundles = list(dict.fromkeys(one.bundle_id for one in batch.events))
        async with resources.views.acquire() as views:
            unknown = await _unknown(views, tenant, bundles)
        kinds: Counter[str] = Counter(one.kind for one in batch.events)
        return Prepared(
            answer={"accepted": len(batch.events), "unknown_bundle_ids": unknown},
            change=Change("feedback", detail=kinds),
            write=lambda _: _events(tenant, batch),
        )

    mark = idempotency.fingerprint(PATH, batch.model_dump(mode="json"))
    return await once(resources, asking, mark, prepare)


async def _unknown(views: Database, tenant: str, bundles: Sequence[UUID]) -> list[str]:
    return [row["bundle_id"] for row in await views.fetch(UNKNOWN, tenant, bundles)]


async def _events(tenant: str, batch: Batch) -> Sequence[Event]:
    return [
        SENT[one.kind].model_validate({"tenant": tenant, **one.model_dump(exclude={"kind"})})
        for one in batch.events
    ]
