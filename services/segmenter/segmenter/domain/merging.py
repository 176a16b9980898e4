"""Many taxonomies become one: a tree of merges, each of them a map in which nothing is lost."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from contracts.product import Product
from contracts.segmenting import (
    BatchTaxonomy,
    FoundCategory,
    MadeBy,
    MergeAsked,
    MergeCategory,
    MergedCategory,
    MergedTaxonomy,
)
from segmenter.domain.naming import category_names, same_name, wrong_ids, wrong_names
from segmenter.domain.products import tokens_of

EXAMPLES: Final = 3
LONGEST_EXAMPLE: Final = 80

Node = tuple[MergeCategory, ...]  # the categories of one taxonomy
Merged = Mapping[int, MergedTaxonomy]  # by number


@dataclass(frozen=True, slots=True)
class MergeRule:
    taxonomies: int  # merged at a time, at most
    tokens: int  # of the categories of one question, at most


@dataclass(frozen=True, slots=True)
class Tree:
    """How far the merging is. Nothing open: one taxonomy is left, or none."""

    nodes: tuple[Node, ...]
    open: tuple[MergeAsked, ...] = ()


@dataclass(frozen=True, slots=True)
class Merge:
    """A category as an answer names it, of categories as the question calls them."""

    name: str
    definition: str
    merged: tuple[str, ...]


def leaves(found: Sequence[BatchTaxonomy], products: Mapping[str, Product]) -> list[Node]:
    """The taxonomies of the batches, in their order: those that follow each other are alike."""
    ordered = sorted(found, key=lambda taxonomy: taxonomy.number)
    nodes = [tuple(_leaf(each, products) for each in taxonomy.categories) for taxonomy in ordered]
    return [node for node in nodes if node]


def grow(nodes: Sequence[Node], merged: Merged, rule: MergeRule) -> Tree:
    """Follow the merges that are there, level by level; what is open is what has to be merged next."""
    tree, level, number = Tree(tuple(nodes)), 0, 0
    while len(tree.nodes) > 1:
        groups = list(grouped(tree.nodes, rule))
        asked = [
            MergeAsked(level=level, number=number + place, categories=tuple(chain(*group)))
            for place, group in enumerate(group for group in groups if len(group) > 1)
        ]
        waiting = tuple(each for each in asked if each.number not in merged)
        if waiting:
            return replace(tree, open=waiting)
        made = iter([node_of(each, merged[each.number]) for each in asked])
        upper = [next(made) if len(group) > 1 else group[0] for group in groups]
        tree = Tree(tuple(node for node in upper if node))
        level, number = level + 1, number + len(asked)
    return tree


def grouped(nodes: Sequence[Node], rule: MergeRule) -> Iterator[list[Node]]:
    """Neighbours together, at least two, as many as the rule lets."""
    group: list[Node] = []
    weight = 0
    for node in nodes:
        heavy = sum(tokens_of(category.model_dump(mode="json")) for category in node)
        full = len(group) == rule.taxonomies or weight + heavy > rule.tokens
        if full and len(group) > 1:
            yield group
            group, weight = [], 0
        group.append(node)
        weight += heavy
    if group:
        yield group


def node_of(asked: MergeAsked, merged: MergedTaxonomy) -> Node:
    below = {category.category_id: category for category in asked.categories}
    return tuple(_joined(each, [below[name] for name in each.merged]) for each in merged.categories)


def merge_complaints(merges: Sequence[Merge], categories: int) -> list[str]:
    """The map takes every category to exactly one."""
    named = [name for merge in merges for name in merge.merged]
    empty = [merge.name for merge in merges if not merge.merged]
    return [
        *wrong_ids(category_names(categories), named),
        *wrong_names([merge.name for merge in merges]),
        *(f"nothing goes into {name}" for name in empty),
    ]


def merged_taxonomy(asked: MergeAsked, merges: Sequence[Merge], made_by: MadeBy = "model") -> MergedTaxonomy:
    ids = [category.category_id for category in asked.categories]
    id_of = dict(zip(category_names(len(ids)), ids, strict=True))
    ordered = sorted(merges, key=lambda merge: merge.name)
    return MergedTaxonomy(
        level=asked.level,
        number=asked.number,
        made_by=made_by,
        categories=tuple(
            MergedCategory(
                category_id=f"m{asked.level}.{asked.number}.{place}",
                category_name=merge.name,
                definition=merge.definition,
                merged=tuple(sorted(id_of[name] for name in merge.merged)),
            )
            for place, merge in enumerate(ordered)
        ),
    )


def merged_by_name(asked: MergeAsked) -> MergedTaxonomy:
    """Without a model: what is called the same is the same. The largest gives name and definition."""
    groups: defaultdict[str, list[tuple[str, MergeCategory]]] = defaultdict(list)
    for called, category in zip(category_names(len(asked.categories)), asked.categories, strict=True):
        groups[same_name(category.category_name)].append((called, category))
    merges = []
    for group in groups.values():
        _, largest = min(group, key=lambda each: (-each[1].product_count, each[1].category_name))
        merges.append(Merge(largest.category_name, largest.definition, tuple(called for called, _ in group)))
    return merged_taxonomy(asked, merges, "names")


def lost(asked: MergeAsked) -> MergedTaxonomy:
    """A merge that failed and may not be made by names: its categories lead nowhere."""
    return MergedTaxonomy(level=asked.level, number=asked.number, made_by="model")


def destinations(merged: Merged) -> dict[str, str]:
    """Each category that was merged, and where it went in the end."""
    into = {
        name: each.category_id for one in merged.values() for each in one.categories for name in each.merged
    }
    return {name: _last(name, into) for name in into}


def _last(name: str, into: Mapping[str, str]) -> str:
    while name in into:
        name = into[name]
    return name


def _leaf(category: FoundCategory, products: Mapping[str, Product]) -> MergeCategory:
    some = category.product_ids[:EXAMPLES]
    return MergeCategory(
        category_id=category.category_id,
        category_name=category.category_name,
        definition=category.definition,
        product_count=len(category.product_ids),
        examples=tuple(products[item_id].name[:LONGEST_EXAMPLE] for item_id in some),
    )


def _joined(merged: MergedCategory, below: Sequence[MergeCategory]) -> MergeCategory:
    largest_first = sorted(below, key=lambda category: (-category.product_count, category.category_id))
    examples = list(dict.fromkeys(name for category in largest_first for name in category.examples))
    return MergeCategory(
        category_id=merged.category_id,
        category_name=merged.category_name,
        definition=merged.definition,
        product_count=sum(category.product_count for category in below),
        examples=tuple(examples[:EXAMPLES]),
    )
