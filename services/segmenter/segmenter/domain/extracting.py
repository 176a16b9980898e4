"""Categories of one batch of products."""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.segmenting import BatchAsked, BatchTaxonomy, FoundCategory
from segmenter.domain.naming import product_names, wrong_ids, wrong_names


@dataclass(frozen=True, slots=True)
class Found:
    """A category as an answer names it, of products as the question calls them."""

    name: str
    definition: str
    products: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extraction:
    categories: tuple[Found, ...]
    out_of_scope: tuple[str, ...]


def extraction_complaints(extraction: Extraction, products: int) -> list[str]:
    named = [name for category in extraction.categories for name in category.products]
    empty = [category.name for category in extraction.categories if not category.products]
    return [
        *wrong_ids(product_names(products), [*named, *extraction.out_of_scope]),
        *wrong_names([category.name for category in extraction.categories]),
        *(f"a category without products: {name}" for name in empty),
    ]


def batch_taxonomy(asked: BatchAsked, extraction: Extraction) -> BatchTaxonomy:
    """The answer with the ids of the run: those of the question say nothing outside of it."""
    item_of = dict(zip(product_names(len(asked.product_ids)), asked.product_ids, strict=True))
    ordered = sorted(extraction.categories, key=lambda category: category.name)
    return BatchTaxonomy(
        number=asked.number,
        categories=tuple(
            FoundCategory(
                category_id=f"b{asked.number}.{place}",
                category_name=category.name,
                definition=category.definition,
                product_ids=_sorted(item_of[name] for name in category.products),
            )
            for place, category in enumerate(ordered)
        ),
        out_of_scope=_sorted(item_of[name] for name in extraction.out_of_scope),
    )


def _sorted(item_ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(item_ids))
