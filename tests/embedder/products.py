"""Products for tests, small enough to see through."""

from typing import Any

from contracts import canonical
from contracts.product import ProductId, read_product
from contracts.products import ProductPublished, SegmentationRequested


def plain_product(product_id: ProductId, **fields: Any) -> bytes:
    """A product in the plain form that catalogs send."""
    return canonical({"id": product_id, "title": f"Dimmer switch {product_id}", "vendor": "Halden", **fields})


def product_published(product_id: ProductId, *, tenant: str = "main", **fields: Any) -> ProductPublished:
    return ProductPublished(tenant=tenant, product=read_product(plain_product(product_id, **fields)))


def segmentation(*product_ids: ProductId, run_id: str = "RUN_S", **fields: Any) -> SegmentationRequested:
    """Of these products, or of all."""
    return SegmentationRequested(
        run_id=run_id, product_ids=product_ids or None, category="Dimmer Switches", **fields
    )
