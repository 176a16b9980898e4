"""The core operations of a segmentation, without servers and without a model.

    python bench/segmentation.py [--products 10000]

Made-up products with vectors of hashed words; answers follow from their shelves, one in ten is wrong. Each
line: what is done, the time it takes, and the most memory of this process so far.
"""

import argparse
import random
import resource
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from cli.demo_products import CATEGORY, generate_products
from clustering import FrozenItems, batches
from contracts import Reference
from contracts.event import canonical
from contracts.product import read_product
from contracts.segmentation import SegmentationSettings
from contracts.segmenting import (
    OUT_OF_SCOPE,
    BatchAsked,
    BatchTaxonomy,
    MergedTaxonomy,
    RefineAsked,
    RefinedBatch,
)
from encoder import HashEncoder, text_of_product
from segmenter.domain.assigning import FirstPass, first_pass
from segmenter.domain.confidence import FITTED, REFINED, confidence
from segmenter.domain.extracting import Extraction, Found, batch_taxonomy
from segmenter.domain.margins import Labels
from segmenter.domain.merging import MergeRule, grow, leaves, merged_by_name
from segmenter.domain.naming import product_names
from segmenter.domain.products import Catalog, weights
from segmenter.domain.refining import Placed, between, offered, placed, refine

ERRORS = 0.1
SETTINGS = SegmentationSettings()
SIZE, MERGED = 40, 20
TOKENS = SETTINGS.context_tokens // 2
NOWHERE = Reference(key="bench/nothing", sha256="0" * 64, bytes=0, count=0)
BAR_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Shop:
    catalog: Catalog
    shelf_of: dict[str, str]


@contextmanager
def timed(what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{what:48}{time.perf_counter() - began:8.2f} s{peak:8.2f} GB", flush=True)


def shop_of(count: int) -> Shop:
    made = generate_products(count)
    drawn = [(read_product(canonical(each.product)), each.label) for each in made]
    drawn.sort(key=lambda pair: pair[0].item_id)
    products = tuple(product for product, _ in drawn)
    vectors = HashEncoder().encode([text_of_product(product) for product in products])
    item_ids = tuple(product.item_id for product in products)
    items = FrozenItems(item_ids, tuple(product.canonical() for product in products), vectors)
    return Shop(Catalog(items, products), {product.item_id: label for product, label in drawn})


def extracted(shop: Shop, grouped: Sequence[Sequence[int]], chance: random.Random) -> list[BatchTaxonomy]:
    shelves = sorted(set(shop.shelf_of.values()))
    return [_taxonomy(shop, number, rows, shelves, chance) for number, rows in enumerate(grouped)]


def _taxonomy(
    shop: Shop, number: int, rows: Sequence[int], shelves: Sequence[str], chance: random.Random
) -> BatchTaxonomy:
    item_ids = tuple(shop.catalog.item_ids[row] for row in rows)
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for called, item_id in zip(product_names(len(item_ids)), item_ids, strict=True):
        wrong = chance.random() < ERRORS
        groups[chance.choice(shelves) if wrong else shop.shelf_of[item_id]].append(called)
    outside = tuple(groups.pop(OUT_OF_SCOPE, ()))
    found = tuple(Found(name, f"All {name}.", tuple(called)) for name, called in groups.items())
    asked = BatchAsked(number=number, product_ids=item_ids, bodies=NOWHERE)
    return batch_taxonomy(asked, Extraction(found, outside))


def merged(shop: Shop, found: Sequence[BatchTaxonomy]) -> FirstPass:
    """Level by level, as closings of a run do it."""
    products = dict(zip(shop.catalog.item_ids, shop.catalog.products, strict=True))
    nodes, done = leaves(found, products), dict[int, MergedTaxonomy]()
    while (tree := grow(nodes, done, MergeRule(MERGED, TOKENS))).open:
        done |= {asked.number: merged_by_name(asked) for asked in tree.open}
    return first_pass(found, (), done, tree.nodes[0], CATEGORY)


def asked_again(shop: Shop, here: Placed) -> list[RefineAsked]:
    rows = between(here, SETTINGS.refinement_share)
    chosen = here.rows[rows]
    grouped = batches(
        shop.catalog.items.vectors[chosen],
        weights([shop.catalog.products[row] for row in chosen]),
        size=SIZE,
        weight=TOKENS,
        seed=SETTINGS.seed,
    )
    return [_asked(here, number, rows[batch]) for number, batch in enumerate(grouped)]


def _asked(here: Placed, number: int, rows: Labels) -> RefineAsked:
    return RefineAsked(
        number=number,
        categories=offered(here, rows),
        product_ids=tuple(here.item_ids[row] for row in rows),
        current=tuple(here.categories[here.space.labels[row]].category_id for row in rows),
        bodies=NOWHERE,
    )


def answered(shop: Shop, asked: RefineAsked, chance: random.Random) -> RefinedBatch:
    id_of = {each.category_name: each.category_id for each in asked.categories}
    ids = list(id_of.values())
    right = [
        OUT_OF_SCOPE if shop.shelf_of[item_id] == OUT_OF_SCOPE else id_of[shop.shelf_of[item_id]]
        for item_id in asked.product_ids
    ]
    told = (chance.choice(ids) if chance.random() < ERRORS else one for one in right)
    return RefinedBatch(number=asked.number, category_ids=tuple(told))


def run(count: int) -> None:
    chance = random.Random(7)  # noqa: S311 - no secret
    with timed(f"make up {count:,} products and their vectors"):
        shop = shop_of(count)
    with timed("batches by likeness"):
        grouped = batches(
            shop.catalog.items.vectors,
            weights(shop.catalog.products),
            size=SIZE,
            weight=TOKENS,
            seed=SETTINGS.seed,
        )
    with timed(f"{len(grouped)} taxonomies checked and kept"):
        found = extracted(shop, grouped, chance)
    with timed("the tree of merges, and the first assignment"):
        first = merged(shop, found)
    with timed("margins and confidence of all"):
        here = placed(shop.catalog, first)
        confidence(here.margins(), FITTED)
    with timed("the boundary, and what is asked about it"):
        asked = asked_again(shop, here)
    answers = [(each, answered(shop, each, chance)) for each in asked]
    with timed(f"{len(asked)} refinements measured, worse ones undone"):
        refined = refine(here, answers, roll_back=True)
        confidence(here.margins(refined.labels), REFINED)
    undone = sum(batch.rolled_back for batch in refined.batches)
    print(
        f"{len(here.categories)} categories, {len(here.item_ids):,} products placed, {undone} undone; "
        f"mean margin {refined.before:.3f}, then {refined.after:.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--products", type=int, default=10_000)
    began = time.perf_counter()
    run(parser.parse_args().products)
    seconds = time.perf_counter() - began
    if seconds > BAR_SECONDS:
        raise SystemExit(f"{seconds:.0f} s: more than {BAR_SECONDS}")


if __name__ == "__main__":
    main()
