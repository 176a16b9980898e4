"""Which category each product is in, once the categories are merged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts.segmenting import OUT_OF_SCOPE, BatchTaxonomy, MergeCategory
from contracts.unplaced import Unplaced
from segmenter.domain.merging import Merged, destinations
from segmenter.domain.naming import OUT_OF_SCOPE_NAME


@dataclass(frozen=True, slots=True)
class Category:
    """Of the run's taxonomy."""

    category_id: str
    name: str
    definition: str

    @property
    def is_out_of_scope(self) -> bool:
        return self.category_id == OUT_OF_SCOPE


@dataclass(frozen=True, slots=True)
class FirstPass:
    """Each product of the run is in one category, or has failed."""

    categories: tuple[Category, ...]  # by name, what is out of scope last
    category_of: Mapping[str, str]
    failed: tuple[Unplaced, ...]


@dataclass(frozen=True, slots=True)
class Assigned:
    """The category of each product, and how likely that is right."""

    category_of: Mapping[str, str]
    confidence_of: Mapping[str, float]


def first_pass(
    found: Sequence[BatchTaxonomy],
    failed: Sequence[Unplaced],
    merged: Merged,
    taxonomy: Sequence[MergeCategory],
    kind: str,
) -> FirstPass:
    goes_to = destinations(merged)
    known = {category.category_id for category in taxonomy}
    category_of = {item_id: goes_to.get(name, name) for item_id, name in _found(found)}
    astray = sorted(item_id for item_id, name in category_of.items() if name not in known | {OUT_OF_SCOPE})
    for item_id in astray:
        del category_of[item_id]
    lost = (Unplaced(item_id=item_id, code="not_merged", words=_NOT_MERGED) for item_id in astray)
    return FirstPass(
        categories=_categories(taxonomy, kind, out_of_scope=OUT_OF_SCOPE in category_of.values()),
        category_of=category_of,
        failed=tuple(sorted((*failed, *lost), key=lambda one: one.item_id)),
    )


_NOT_MERGED = "the model did not merge its category, and names may not"


def _found(found: Sequence[BatchTaxonomy]) -> Iterator[tuple[str, str]]:
    for taxonomy in found:
        for category in taxonomy.categories:
            yield from ((item_id, category.category_id) for item_id in category.product_ids)
        yield from ((item_id, OUT_OF_SCOPE) for item_id in taxonomy.out_of_scope)


def _categories(taxonomy: Sequence[MergeCategory], kind: str, *, out_of_scope: bool) -> tuple[Category, ...]:
    named = sorted(
        (Category(each.category_id, each.category_name, each.definition) for each in taxonomy),
        key=lambda category: category.name,
    )
    outside = Category(OUT_OF_SCOPE, OUT_OF_SCOPE_NAME, f"What is none of: {kind}.")
    return (*named, outside) if out_of_scope else tuple(named)
