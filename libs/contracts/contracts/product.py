"""A product of a catalog, as Assort keeps it, and the forms in which catalogs publish it."""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from contracts.errors import InvalidEvent
from contracts.event import Entity, canonical, describe, loads
from contracts.moments import FeedMoment, Moment
from contracts.terms import Currency, Number, Text, Texts, Whole, as_list

MAX_ID = 255
MAX_BIGINT = 2**63 - 1
MAX_DESCRIPTION = 20_000

IdNumber = Annotated[int, Field(strict=True, ge=-MAX_BIGINT, le=MAX_BIGINT)]
IdText = Annotated[str, Field(min_length=1, max_length=MAX_ID)]
# Catalogs number their products or name them; 123 and "123" are one product.
ProductId = IdNumber | IdText

LongText = Annotated[str, Field(min_length=1, max_length=MAX_DESCRIPTION)]


class Product(Entity):
    """The one form of a product inside Assort."""

    product_id: ProductId = Field(description="As the catalog has it, a number or a text.")
    version: Whole | None = None
    name: Text
    brand: Text | None = None
    category: Text | None = Field(default=None, description="In the catalog's words.")
    description: LongText | None = None
    features: Texts = ()
    attributes: Mapping[Text, Text] = Field(default={}, max_length=200)
    price: Number | None = None
    currency: Currency | None = None
    cost: Number | None = Field(
        default=None, description="Of one, in the currency of its price; null: not known."
    )
    inventory: Number | None = Field(default=None, description="How many are there; null: not counted.")
    launched_at: Moment | None = Field(default=None, description="On sale since.")
    variant_of: Text | None = Field(
        default=None, description="What it is a size, colour or pack of; its variants say the same."
    )

    @property
    def item_id(self) -> str:
        return str(self.product_id)

    @property
    def content_sha256(self) -> str:
        """Of what it says: 123 and "123" are one product."""
        return hashlib.sha256(
            canonical(self.model_dump(mode="json") | {"product_id": self.item_id})
        ).hexdigest()


class FeedProduct(BaseModel):
    """What a catalog says about a product, under our names. Null and blank: nothing is said."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, str_strip_whitespace=True)

    product_id: ProductId = Field(validation_alias=AliasChoices("product_id", "id", "sku", "asin"))
    version: Whole | None = None
    name: Text = Field(validation_alias=AliasChoices("name", "title", "product_name", "product_title"))
    brand: Text | None = Field(None, validation_alias=AliasChoices("brand", "vendor", "manufacturer"))
    category: Text | None = Field(
        None, validation_alias=AliasChoices("category", "product_category", "product_type")
    )
    description: LongText | None = Field(None, validation_alias=AliasChoices("description", "desc"))
    features: Annotated[Texts, BeforeValidator(as_list)] = Field(
        (), validation_alias=AliasChoices("features", "tags")
    )
    attributes: Mapping[Text, Text] = {}
    price: Number | None = Field(None, validation_alias=AliasChoices("price", "price_usd"))
    currency: Currency | None = Field(None, validation_alias=AliasChoices("currency", "cur"))
    cost: Number | None = Field(None, validation_alias=AliasChoices("cost", "unit_cost", "cost_per_item"))
    inventory: Number | None = Field(
        None, validation_alias=AliasChoices("inventory", "stock", "inventory_quantity")
    )
    launched_at: FeedMoment | None = Field(
        None, validation_alias=AliasChoices("launched_at", "created_at", "published_at")
    )
    variant_of: Text | None = Field(None, validation_alias=AliasChoices("variant_of", "handle", "parent_id"))


def read_product(body: bytes | str) -> Product:
    """A product in any form that we know; InvalidEvent names the field and the reason."""
    document = loads(body)
    if not isinstance(document, dict):
        raise InvalidEvent("schema", "a product is a JSON object")
    try:
        feed = FeedProduct.model_validate(_said(document))
        return Product(**{name: getattr(feed, name) for name in FeedProduct.model_fields})
    except ValidationError as error:
        raise InvalidEvent("schema", describe(error)) from error


def _said(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None and value != ""}
