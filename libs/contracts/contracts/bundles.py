"""Orders as they are placed, bundles that come of them, and what buyers make of bundles."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field, model_validator

from contracts.bundling import BundleSettings
from contracts.event import Entity, Event, RunEvent
from contracts.moments import Moment
from contracts.order import DEFAULT_STORE, Order, OrderId, Store
from contracts.product import ProductId
from contracts.reference import Reference
from contracts.terms import Currency, Number, Text
from contracts.unplaced import Unplaced

MAX_INLINE_PRODUCTS = 1000
MAX_ITEMS = 20

Objective = Literal[
    "margin_guard",
    "clear_slow_movers",
    "increase_aov",
    "new_launch",
    "seasonal_promo",
    "category_bundle",
    "gift_box",
    "subscription_push",
]
BundleType = Literal["FBT", "FIXED", "MIX_MATCH"]
NamedBy = Literal["template", "model"]
Arm = Literal["treatment", "control"]


class OrderPlaced(Event):
    """An order as it now is. A null value under the same key withdraws it."""

    topic: ClassVar[str] = "order.placed.v1"

    order: Order

    @property
    def entity(self) -> str:
        return self.order.item_id


class BundlesRequested(RunEvent):
    """Make bundles of these products, by the orders of a store. Neither ids nor a list: of all products.

    With an upload, its products and its orders are meant.
    """

    topic: ClassVar[str] = "bundles.requested.v1"

    store: Store = DEFAULT_STORE
    csv_upload_id: UUID | None = Field(
        default=None, description="What was uploaded; null: what was published."
    )
    product_ids: tuple[ProductId, ...] | None = Field(default=None, max_length=MAX_INLINE_PRODUCTS)
    product_list: Reference | None = Field(
        default=None, description="A longer list: a JSON array of product ids."
    )
    as_of: Moment | None = Field(
        default=None, description="Later orders do not count, and this is today; null: the last order."
    )
    settings: BundleSettings = BundleSettings()
    wait_seconds: float = Field(
        default=30, ge=0, le=3600, description="How long to wait for products or an upload not yet there."
    )
    budget_usd: float | None = Field(
        default=None, ge=0, description="What naming bundles may cost; null: no limit."
    )
    by: str = Field(default="", max_length=200, description="Who asked.")

    @model_validator(mode="after")
    def _one_way_of_naming(self) -> "BundlesRequested":
        if self.product_ids is not None and self.product_list is not None:
            raise ValueError("name products by product_ids or by product_list, not by both")
        return self


class BundleItem(Entity):
    product_id: str
    name: Text
    price: Number = Field(description="Of one, without the bundle.")


class Tier(Entity):
    """Mix and match: from so many of the products on, each is so much cheaper."""

    quantity: int = Field(ge=2, le=MAX_ITEMS)
    discount: float = Field(ge=0, lt=1)


class BundleScore(Entity):
    """All in [0, 1]. hybrid = alpha x semantic + beta x data + gamma x business."""

    semantic: float = Field(ge=0, le=1)
    data: float = Field(ge=0, le=1)
    business: float = Field(ge=0, le=1)
    alpha: float = Field(ge=0, le=1)
    beta: float = Field(ge=0, le=1)
    gamma: float = Field(ge=0, le=1)
    hybrid: float = Field(ge=0, le=1)
    mmr: float = Field(ge=-1, le=1, description="By which it was chosen, when it was.")


class BundleEvidence(Entity):
    """What orders say. Bounds are those of a 95 % interval; all zero: nothing is claimed from orders."""

    together: int = Field(default=0, ge=0, description="Orders that hold the products.")
    support: float = Field(default=0, ge=0, le=1)
    confidence: float = Field(default=0, ge=0, le=1)
    confidence_low: float = Field(default=0, ge=0, le=1)
    lift: float = Field(default=0, ge=0)
    lift_low: float = Field(default=0, ge=0)
    p_value: float = Field(default=1, ge=0, le=1)


class Bundle(Entity):
    """Products to be sold together. The id follows from what it is, not from the run that found it."""

    bundle_id: UUID
    store: Store
    kind: BundleType
    objective: Objective
    method: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", description="How it was found.")
    cold_start: bool = False
    items: tuple[BundleItem, ...] = Field(min_length=2, max_length=MAX_ITEMS, description="The anchor first.")
    currency: Currency | None = Field(default=None, description="Of all its prices; null: none was said.")
    full_price: Number
    price: Number
    discount: float = Field(ge=0, lt=1)
    tiers: tuple[Tier, ...] = Field(default=(), max_length=MAX_ITEMS)
    margin: float | None = Field(default=None, le=1, description="Null: no cost is known.")
    score: BundleScore
    evidence: BundleEvidence = BundleEvidence()


class BundleGenerated(RunEvent):
    """A bundle of a run. Its name is a template's until a model may have named it."""

    topic: ClassVar[str] = "bundle.generated.v1"

    bundle: Bundle
    rank: int = Field(ge=1)
    name: str = Field(min_length=1, max_length=200)
    description: str = Field(default="", max_length=2000)

    @property
    def entity(self) -> str:
        return str(self.bundle.bundle_id)


class BundleDescribed(RunEvent):
    """A bundle got its name and description from a model."""

    topic: ClassVar[str] = "bundle.described.v1"

    bundle_id: UUID
    name: str = Field(min_length=1, max_length=200)
    description: str = Field(min_length=1, max_length=2000)

    @property
    def entity(self) -> str:
        return str(self.bundle_id)


class BundleOutcome(Entity):
    """What became of every product considered. It is stored; `run.finished` carries the reference."""

    snapshot: Reference
    orders: Reference | None = Field(default=None, description="The order book; null: it could not be read.")
    bundles: tuple[Bundle, ...] = ()
    placed: tuple[str, ...] = ()
    failed: tuple[Unplaced, ...] = ()
    excluded: tuple[Unplaced, ...] = ()


class Feedback(Entity):
    """What a visitor of a store did about a bundle. Told again under the same id, it counts once."""

    feedback_id: str = Field(min_length=1, max_length=255, description="The store's own name for this.")
    bundle_id: UUID
    store: Store = DEFAULT_STORE
    visitor: Text = Field(description="Under a name that means something to the store alone.")
    at: Moment

    @property
    def entity(self) -> str:
        return f"{self.store}/{self.feedback_id}"


class BundleViewed(Feedback, Event):
    """A visitor came where the bundle is offered. Those of the control arm did not see it."""

    topic: ClassVar[str] = "bundle.viewed.v1"

    arm: Arm = "treatment"


class BundleAdded(Feedback, Event):
    """A visitor put the bundle into the cart."""

    topic: ClassVar[str] = "bundle.added.v1"


class BundlePurchased(Feedback, Event):
    """A visitor bought the bundle."""

    topic: ClassVar[str] = "bundle.purchased.v1"

    order_id: OrderId
    bundle_value: Number = Field(description="Paid for the bundle.")
    order_value: Number = Field(description="Paid for the whole order, the bundle in it.")
    currency: Currency | None = None
