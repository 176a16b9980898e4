"""IAB content taxonomies, pinned: names to ids along their path, exactly or not at all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import takewhile
from typing import Final

CONTENT_2_2: Final = 6  # AdCOM's number (cattax) of the version that deal feeds carry
CONTENT_3_1: Final = 9
FILES: Final[Mapping[int, str]] = {CONTENT_2_2: "content_2_2.tsv", CONTENT_3_1: "content_3_1.tsv"}


@dataclass(frozen=True, slots=True)
class Category:
    category_id: str
    parent_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ContentTaxonomy:
    """One version. An id or a name means nothing without its version."""

    cattax: int
    categories: Mapping[str, Category]
    ids: Mapping[tuple[str, str], str]  # (parent id, plain name) -> id

    def resolve(self, names: Sequence[str | None]) -> tuple[str | None, ...]:
        """The id of each tier as far down as the path holds, None from there on."""
        found: list[str | None] = []
        parent: str | None = ""
        for name in names:
            parent = None if parent is None or name is None else self.ids.get((parent, plain_name(name)))
            found.append(parent)
        return tuple(found)

    def path(self, category_id: str) -> tuple[Category, ...]:
        """From the root to this category; KeyError if this version has no such id."""
        category = self.categories[category_id]
        above = self.path(category.parent_id) if category.parent_id else ()
        return (*above, category)

    def shared_path(self, category_ids: Sequence[str]) -> tuple[Category, ...]:
        """What all of these have in common, from the root down."""
        paths = [self.path(category_id) for category_id in category_ids]
        same = takewhile(lambda tier: len(set(tier)) == 1, zip(*paths, strict=False))
        return tuple(tier[0] for tier in same)


@cache
def content_taxonomy(cattax: int = CONTENT_2_2) -> ContentTaxonomy:
    """KeyError for a version that is not packaged."""
    rows = (files("contracts") / "data" / FILES[cattax]).read_text("utf-8").splitlines()
    categories = [Category(*row.split("\t")) for row in rows]
    places = Counter(map(_place, categories))
    return ContentTaxonomy(
        cattax=cattax,
        categories={category.category_id: category for category in categories},
        # A place with two ids resolves to neither: Antarctica stands twice in 2.2.
        ids={
            place: category.category_id for category in categories if places[place := _place(category)] == 1
        },
    )


def plain_name(name: str) -> str:
    """A category's name without case, spacing and the choice between & and 'and'."""
    return " ".join(name.casefold().replace("&", " and ").split())


def _place(category: Category) -> tuple[str, str]:
    return category.parent_id, plain_name(category.name)
