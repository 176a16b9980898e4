"""Products as they are published, and what is asked to be made of them."""

from typing import ClassVar

from pydantic import Field, model_validator

from contracts.event import Event, RunEvent
from contracts.product import Product, ProductId
from contracts.reference import Reference
from contracts.segmentation import SegmentationSettings

MAX_INLINE_PRODUCTS = 1000


class ProductPublished(Event):
    """A product as it now is. A null value under the same key withdraws it."""

    topic: ClassVar[str] = "product.published.v1"

    product: Product

    @property
    def entity(self) -> str:
        return self.product.item_id


class SegmentationRequested(RunEvent):
    """Put these products into segments. Neither ids nor a list: every product that is offered now.

    A run that names a product that nobody has published is refused before it costs anything.
    """

    topic: ClassVar[str] = "segmentation.requested.v1"

    product_ids: tuple[ProductId, ...] | None = Field(default=None, max_length=MAX_INLINE_PRODUCTS)
    product_list: Reference | None = Field(
        default=None, description="A longer list: a JSON array of product ids."
    )
    category: str = Field(
        min_length=1, max_length=200, description="What the products are: its segments are looked for."
    )
    settings: SegmentationSettings = SegmentationSettings()
    wait_seconds: float = Field(
        default=0, ge=0, le=3600, description="How long to wait for products not yet there."
    )
    budget_usd: float | None = Field(
        default=None, ge=0, description="What the run may spend; null: no limit."
    )
    by: str = Field(default="", max_length=200, description="Who asked.")

    @model_validator(mode="after")
    def _one_way_of_naming(self) -> "SegmentationRequested":
        if self.product_ids is not None and self.product_list is not None:
            raise ValueError("name products by product_ids or by product_list, not by both")
        return self
