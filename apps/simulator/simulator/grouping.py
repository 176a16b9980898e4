"""Groups of products by their catalog categories, else by the words that their names share."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from simulator.gold import OUT_OF_SCOPE
from simulator.products import Product, same_name, words

MOST_GROUPS: Final = 8  # for the 40 products of a question
PRODUCTS_PER_GROUP: Final = 5
LEAST_ALIKE: Final = 2
MOST_ALIKE: Final = 0.6  # of the products share a word that tells something
MOST_OUTSIDE: Final = 10  # one product in so many may be out of scope
LONGEST_NAME: Final = 200
PATH: Final = ">"  # between the steps of a catalog category


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    products: tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    groups: tuple[Group, ...]
    outside: tuple[Product, ...] = ()


def group(products: Sequence[Product], kind: str) -> Grouping:
    """Every product once, whatever order they come in."""
    strangers = _strangers(products, kind)
    inside = [product for product in products if product.id not in strangers]
    catalog = _by_catalog(inside)
    most = MOST_GROUPS if len(catalog) > 1 else _limit(inside)
    groups = catalog if len(catalog) > 1 else _by_word(inside, kind, most - 1)
    outside = tuple(product for product in products if product.id in strangers)
    return Grouping(tuple(_few(groups, inside, kind, most - 1)), outside)


def _by_catalog(products: Sequence[Product]) -> dict[str, list[Product]]:
    """By the last step of the catalog's category; those without one join whom they are most like."""
    groups: defaultdict[str, list[Product]] = defaultdict(list)
    for product in products:
        if name := _step(product.category):
            groups[name].append(product)
    return groups


def _step(category: str) -> str:
    name = same_name(category.rpartition(PATH)[2])
    return "" if name == same_name(OUT_OF_SCOPE) else name


def _by_word(products: Sequence[Product], kind: str, most: int) -> dict[str, list[Product]]:
    """The word that most names share makes a group, again and again; one that most share tells nothing."""
    left = list(products)
    groups: dict[str, list[Product]] = {}
    dull = words(kind)
    while len(groups) < most:
        shared = Counter(word for product in left for word in product.name_words - dull)
        telling = [
            (-count, word)
            for word, count in shared.items()
            if LEAST_ALIKE <= count <= len(products) * MOST_ALIKE
        ]
        if not telling:
            break
        _, word = min(telling)
        groups[word] = [product for product in left if word in product.name_words]
        left = [product for product in left if word not in product.name_words]
    return groups


def _few(groups: dict[str, list[Product]], products: Sequence[Product], kind: str, most: int) -> list[Group]:
    """The largest groups; the rest joins whom it is most like, or each other."""
    largest = sorted(groups, key=lambda name: (-len(groups[name]), name))[:most]
    kept = {name: list(groups[name]) for name in largest}
    known = {name: _words_of(groups[name]) for name in largest}
    placed = {product.id for members in kept.values() for product in members}
    for product in products:
        if product.id not in placed:
            kept.setdefault(_most_alike(product, known, words(kind)), []).append(product)
    named = {name: _title(name, members, kind) for name, members in kept.items()}
    return [Group(named[name], tuple(members)) for name, members in sorted(kept.items())]


def _most_alike(product: Product, known: dict[str, frozenset[str]], dull: frozenset[str]) -> str:
    alike = {name: len((product.all_words - dull) & theirs) for name, theirs in known.items()}
    best = min(alike, key=lambda name: (-alike[name], name), default="")
    return best if best and alike[best] >= LEAST_ALIKE else ""


def _strangers(products: Sequence[Product], kind: str) -> set[str]:
    """Who shares no word with the kind or with any other product: few, or nobody."""
    asked = words(kind)
    if not asked:
        return set()
    counts = Counter(word for product in products for word in product.all_words)
    strange = [
        product.id
        for product in products
        if not product.all_words & asked and all(counts[word] == 1 for word in product.all_words)
    ]
    return set(strange) if len(strange) * MOST_OUTSIDE <= len(products) else set()


def _limit(products: Sequence[Product]) -> int:
    return max(LEAST_ALIKE, min(MOST_GROUPS, len(products) // PRODUCTS_PER_GROUP + 1))


def _words_of(products: Iterable[Product]) -> frozenset[str]:
    return frozenset().union(*(product.all_words for product in products))


def _title(name: str, members: Sequence[Product], kind: str) -> str:
    """As the catalog spells it, or the word before the kind."""
    spelt = sorted(
        step
        for product in members
        if same_name(step := product.category.rpartition(PATH)[2].strip()) == name and name
    )
    if spelt:
        return spelt[0][:LONGEST_NAME]
    return f"{name or 'other'} {kind}".strip().title()[:LONGEST_NAME]
