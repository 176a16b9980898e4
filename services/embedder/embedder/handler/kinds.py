"""What sets kinds of items apart: their names, and what of them is embedded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.deal import Deal
from contracts.deals import DealPublished, ItemKind
from contracts.product import Product
from contracts.products import ProductPublished
from contracts.ranking import GraphNode
from embedder.domain import DEALS, PRODUCTS, Naming
from encoder import text_of, text_of_node, text_of_product


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of items that are published."""

    naming: Naming[ItemKind]
    item: Callable[[Any], Deal | Product]  # of an event
    text: Callable[[bytes], str]  # of a body

    @property
    def name(self) -> ItemKind:
        return self.naming.kind


def _deal(event: DealPublished) -> Deal:
    return event.deal


def _product(event: ProductPublished) -> Product:
    return event.product


DEAL: Final = Kind(DEALS, _deal, lambda body: text_of(Deal.read(body)))
PRODUCT: Final = Kind(PRODUCTS, _product, lambda body: text_of_product(Product.read(body)))
TEXTS: Final[Mapping[ItemKind, Callable[[bytes], str]]] = {
    "deal": DEAL.text,
    "product": PRODUCT.text,
    "node": lambda body: text_of_node(GraphNode.read(body)),
}
