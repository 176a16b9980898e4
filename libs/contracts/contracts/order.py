"""An order of a store, as Assort keeps it, and the forms in which shops publish it."""

import hashlib
from typing import Annotated

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from contracts.errors import InvalidEvent
from contracts.event import Entity, describe, loads
from contracts.moments import FeedMoment, Moment
from contracts.product import ProductId
from contracts.terms import Currency, Number, Text, Whole, not_boolean

MAX_LINES = 500  # of an order that travels in an event; longer ones come in an upload
MAX_ORDER_ID = 255
DEFAULT_STORE = "main"
STORE = r"^[a-z0-9][a-z0-9._-]{0,62}$"

OrderId = Annotated[Text, Field(max_length=MAX_ORDER_ID)]
Store = Annotated[str, Field(pattern=STORE)]
Quantity = Annotated[float, BeforeValidator(not_boolean), Field(gt=0, le=1e9)]


class OrderLine(Entity):
    product_id: ProductId
    quantity: Quantity = 1
    unit_price: Number | None = Field(default=None, description="Paid for one; null: not said.")


class Order(Entity):
    """What was bought at once. Several lines of one product count together."""

    order_id: OrderId
    store: Store = DEFAULT_STORE
    version: Whole | None = None
    placed_at: Moment
    currency: Currency | None = None
    lines: tuple[OrderLine, ...] = Field(min_length=1, max_length=MAX_LINES)
    cancelled: bool = Field(default=False, description="Then it says nothing about what is bought together.")
    visitor: Text | None = Field(
        default=None, description="Who bought, under a name that means something to the store alone."
    )

    @property
    def item_id(self) -> str:
        return f"{self.store}/{self.order_id}"

    @property
    def content_sha256(self) -> str:
        return hashlib.sha256(self.canonical()).hexdigest()


class FeedLine(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, str_strip_whitespace=True)

    product_id: ProductId = Field(validation_alias=AliasChoices("product_id", "sku", "id"))
    quantity: Quantity = Field(1, validation_alias=AliasChoices("quantity", "qty"))
    unit_price: Number | None = Field(None, validation_alias=AliasChoices("unit_price", "price"))


class FeedOrder(BaseModel):
    """What a shop says about an order, under our names."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, str_strip_whitespace=True)

    order_id: OrderId = Field(validation_alias=AliasChoices("order_id", "id", "order_number"))
    store: Store = DEFAULT_STORE
    version: Whole | None = None
    placed_at: FeedMoment = Field(validation_alias=AliasChoices("placed_at", "created_at", "ordered_at"))
    currency: Currency | None = None
    lines: tuple[FeedLine, ...] = Field(
        min_length=1, max_length=MAX_LINES, validation_alias=AliasChoices("lines", "line_items")
    )
    cancelled: bool = False
    visitor: Text | None = Field(None, validation_alias=AliasChoices("visitor", "customer_id"))


def read_order(body: bytes | str) -> Order:
    """An order in any form that we know; InvalidEvent names the field and the reason."""
    document = loads(body)
    if not isinstance(document, dict):
        raise InvalidEvent("schema", "an order is a JSON object")
    said = {name: value for name, value in document.items() if value is not None and value != ""}
    try:
        feed = FeedOrder.model_validate(said)
        return Order.model_validate(feed.model_dump())
    except ValidationError as error:
        raise InvalidEvent("schema", describe(error)) from error
