"""The answers to the three questions of a segmentation: by labels where they are known, else by words."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from simulator.gold import OUT_OF_SCOPE, Gold
from simulator.grouping import Group, group
from simulator.naming import listed
from simulator.products import (
    Category,
    Product,
    in_order,
    kind_of,
    read_categories,
    read_products,
    same_name,
    words,
)
from simulator.question import Question

OUTSIDE: Final = same_name("Out of scope")  # how the category of what is out of scope is called
ALIKE: Final = 0.6  # so much of their words two names share that mean the same
SHOWN: Final = 3
LONGEST_EXAMPLE: Final = 80


def extract_taxonomy(question: Question, gold: Gold) -> dict[str, Any]:
    products = read_products(question)
    by_label: defaultdict[str, list[Product]] = defaultdict(list)
    unlabelled: list[Product] = []
    for product in products:
        label = gold.label(product.name)
        (unlabelled if label is None else by_label[label]).append(product)
    outside = by_label.pop(OUT_OF_SCOPE, [])
    guessed = group(unlabelled, kind_of(question))
    return {
        "categories": [
            {
                "category_name": each.name,
                "definition": _definition(each),
                "product_ids": in_order(product.id for product in each.products),
            }
            for each in _joined(by_label, guessed.groups)
        ],
        "out_of_scope": in_order(product.id for product in (*outside, *guessed.outside)),
    }


def consolidate_taxonomy(question: Question, gold: Gold) -> dict[str, Any]:
    categories = read_categories(question, "categories")
    labels = {same_name(label) for label in gold.names}
    dull = words(kind_of(question))
    merges: list[list[Category]] = []
    for category in sorted(categories, key=lambda each: (same_name(each.category_name), each.id)):
        same = next((merge for merge in merges if _means_the_same(category, merge[0], labels, dull)), None)
        if same is None:
            merges.append([category])
        else:
            same.append(category)
    return {"categories": [_merged(merge) for merge in merges]}


def refine_assignments(question: Question, gold: Gold) -> dict[str, Any]:
    subcategories = read_categories(question, "subcategories")
    return {
        "assignments": [
            {"product_id": product.id, "category_id": _place(product, subcategories, gold)}
            for product in read_products(question)
        ]
    }


def _joined(by_label: dict[str, list[Product]], guessed: Sequence[Group]) -> list[Group]:
    """Names differ: groups that are called the same are one."""
    groups: dict[str, Group] = {}
    labelled = [Group(label, tuple(members)) for label, members in sorted(by_label.items())]
    for each in (*labelled, *guessed):
        known = groups.get(same_name(each.name))
        groups[same_name(each.name)] = Group(known.name, known.products + each.products) if known else each
    return sorted(groups.values(), key=lambda each: each.name)


def _definition(of: Group) -> str:
    examples = sorted(product.name[:LONGEST_EXAMPLE] for product in of.products)[:SHOWN]
    return f"{of.name}, such as {listed(examples)}."


def _means_the_same(category: Category, other: Category, labels: set[str], dull: frozenset[str]) -> bool:
    name, theirs = same_name(category.category_name), same_name(other.category_name)
    if name == theirs:
        return True
    if name in labels or theirs in labels:
        return False
    ours, others = _telling(category, dull), _telling(other, dull)
    return len(ours & others) >= ALIKE * max(1, len(ours | others))


def _telling(category: Category, dull: frozenset[str]) -> frozenset[str]:
    """The words of its name that the kind has not; all of them, if it has all."""
    named = words(category.category_name)
    return named - dull or named


def _merged(merge: Sequence[Category]) -> dict[str, Any]:
    """Named and defined like the largest."""
    largest = min(merge, key=lambda each: (-(each.product_count or 0), each.category_name, each.id))
    return {
        "category_name": largest.category_name,
        "definition": largest.definition,
        "merged": in_order(each.id for each in merge),
    }


def _place(product: Product, subcategories: Sequence[Category], gold: Gold) -> str:
    """By the label if there is a category of it, else where most words are shared; at a draw it stays."""
    label = gold.label(product.name)
    if label is not None:
        wanted = OUTSIDE if label == OUT_OF_SCOPE else same_name(label)
        named = [each.id for each in subcategories if same_name(each.category_name) == wanted]
        return named[0] if named else product.current
    return _by_words(product, subcategories)


def _by_words(product: Product, subcategories: Sequence[Category]) -> str:
    known = [each for each in subcategories if same_name(each.category_name) != OUTSIDE]
    shared = {each.id: len(each.all_words & product.all_words) for each in known}
    best = max(shared, key=lambda each: (shared[each], each == product.current), default=product.current)
    if product.current not in {each.id for each in subcategories}:
        return best
    return best if shared.get(best, 0) > shared.get(product.current, 0) else product.current
