"""What no bundle may be, told anew from the rules alone: nothing of the gates' own code is used."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import combinations

from contracts.bundles import Bundle
from contracts.product import Product


def violations(
    bundles: Sequence[Bundle], products: Sequence[Product], as_of: datetime | None = None
) -> list[str]:
    known = {one.item_id: one for one in products}
    return [f"{bundle.bundle_id}: {words}" for bundle in bundles for words in _of(bundle, known, as_of)]


def _of(bundle: Bundle, known: Mapping[str, Product], as_of: datetime | None) -> Iterator[str]:
    held = [known[item.product_id] for item in bundle.items]
    if len({one.item_id for one in held}) < len(held):
        yield "a product twice"
    families = [one.variant_of for one in held if one.variant_of]
    if len(set(families)) < len(families):
        yield "two variants of one product"
    if len({one.currency for one in held}) > 1:
        yield "two currencies"
    for one in held:
        if not one.price:
            yield f"{one.item_id} has no price"
        if one.inventory is not None and one.inventory <= 0:
            yield f"{one.item_id} is out of stock"
        if as_of and one.launched_at and one.launched_at > as_of:
            yield f"{one.item_id} is not launched"
    yield from _of_prices(bundle, held)
    if bundle.method == "association_rules":
        seen = bundle.evidence
        if seen.together < 3 or seen.lift_low <= 1:
            yield f"believed for {seen.together} orders and a lift of at least {seen.lift_low}"


def _of_prices(bundle: Bundle, held: Sequence[Product]) -> Iterator[str]:
    prices = [one.price or 0.0 for one in held]
    share = bundle.price / sum(prices)
    costs = [(one.price * share, one.cost) for one in held if one.price and one.cost is not None]
    paid, cost = sum(pair[0] for pair in costs), sum(pair[1] for pair in costs)
    floor = 0.20 if bundle.cold_start else 0.15
    if costs and (paid - cost) / paid < floor - 1e-9:
        yield f"keeps {(paid - cost) / paid:.3f}, less than {floor}"
    if not max(prices) < bundle.price <= sum(prices) + 1e-6:
        yield f"costs {bundle.price}, its products {prices}"
    steps = [tier.discount for tier in bundle.tiers]
    if steps != sorted(steps) or (bundle.kind == "MIX_MATCH") != bool(steps):
        yield f"has the tiers {steps}"
    if bundle.cold_start and not all(0.5 <= price / prices[0] <= 2.0 for price in prices):
        yield f"is cold, with prices {prices}"


def likeness(bundles: Sequence[Bundle]) -> float:
    """Mean share of products that two of the bundles have in common."""
    sets = [{item.product_id for item in bundle.items} for bundle in bundles]
    shares = [len(one & other) / len(one | other) for one, other in combinations(sets, 2)]
    return sum(shares) / len(shares) if shares else 0.0
