"""What no bundle that was told may be, by the rules that `tests/bundling/checker.py` tells anew."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import combinations

from contracts.bundles import Bundle
from contracts.product import Product
from tests.bundling import checker


def violations(
    bundles: Sequence[Bundle], products: Sequence[Product], as_of: datetime | None = None
) -> list[str]:
    known = {one.item_id: one for one in products}
    broken = [
        f"{bundle.bundle_id}: {words}"
        for bundle in bundles
        for words in checker.violations(_claim(bundle), products)
    ]
    return [*broken, *(words for bundle in bundles for words in _of(bundle, known, as_of))]


def _claim(bundle: Bundle) -> checker.Claim:
    return checker.Claim(
        product_ids=tuple(item.product_id for item in bundle.items),
        kind=bundle.kind,
        method=bundle.method,
        price=bundle.price,
        tiers=tuple(tier.discount for tier in bundle.tiers),
        together=bundle.evidence.together,
        lift_low=bundle.evidence.lift_low,
    )


def _of(bundle: Bundle, known: Mapping[str, Product], as_of: datetime | None) -> Iterator[str]:
    for item in bundle.items:
        launched = known[item.product_id].launched_at
        if as_of and launched and launched > as_of:
            yield f"{bundle.bundle_id}: {item.product_id} is not launched"
    if (bundle.kind == "MIX_MATCH") != bool(bundle.tiers):
        yield f"{bundle.bundle_id}: has the tiers {bundle.tiers}"


def likeness(bundles: Sequence[Bundle]) -> float:
    """Mean share of products that two of the bundles have in common."""
    sets = [{item.product_id for item in bundle.items} for bundle in bundles]
    shares = [len(one & other) / len(one | other) for one, other in combinations(sets, 2)]
    return sum(shares) / len(shares) if shares else 0.0
