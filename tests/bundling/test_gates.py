"""What no bundle may be: each is rejected for the first reason, and counted under it."""

from dataclasses import replace
from typing import Any

import pytest

from bundling.bundle import Candidate, Evidence
from bundling.compatibility import Compatibility
from bundling.gates import COUNTED, Offer, Reason, first_reason, pass_gates
from bundling.pricing import Price, priced
from bundling.shop import Shop
from contracts.product import Product
from tests.bundling.checker import Claim, Texts, violations
from tests.bundling.shops import product, shop

FAR = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.1, 0.0], [1.0, 0.0, 0.1]]
SURE = Evidence(together=20, lift=3.0, lift_low=1.5)


def beside(**said: Any) -> Product:
    return product("b", **said)


def offer(of: Shop, price: Price | None = None, **said: Any) -> Offer:
    how: dict[str, Any] = {"objective": "increase_aov", "kind": "FBT", "method": "co_purchase"} | said
    candidate = Candidate((0, 1), **how)
    return Offer(candidate, price or priced(candidate, of.catalog))


def reason(one: Offer, of: Shop) -> Reason | None:
    return first_reason(one, of.catalog, Compatibility.of(of))


ANCHOR = product("a", variant_of="model", cost=10.0, category="shoes")


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (beside(), None),
        (beside(variant_of="model"), "duplicate_variants"),
        (beside(currency="JPY"), "mixed_currencies"),
        (beside(price=None), "unknown_price"),
        (beside(price=0.0), "unknown_price"),
        (beside(inventory=0.0), "out_of_stock"),
        (beside(cost=25.0), "margin_too_low"),
        (beside(category="radios"), "incompatible_categories"),
    ],
)
def test_a_bundle_is_rejected_for_what_is_wrong_with_it(other: Product, expected: Reason | None) -> None:
    rest = [product("c", category="shoes"), product("d", category="shoes")]
    of = shop([ANCHOR, other, *rest], vectors=FAR)
    one = offer(of)
    told = violations(Claim.of(one, of), [ANCHOR, other, *rest], texts(of))

    assert reason(one, of) == expected
    assert (told[0] if told else None) == expected


def test_a_mix_and_match_may_hold_what_does_not_go_together() -> None:
    products = [
        ANCHOR,
        beside(category="radios"),
        product("c", category="shoes"),
        product("d", category="shoes"),
    ]
    of = shop(products, vectors=FAR)
    assert reason(offer(of, kind="MIX_MATCH"), of) is None
    assert reason(offer(of, kind="FIXED"), of) == "incompatible_categories"


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (SURE, None),
        (replace(SURE, together=3), None),
        (replace(SURE, together=2), "low_support"),
        (replace(SURE, lift_low=1.0), "low_support"),
        (Evidence(), "low_support"),
    ],
)
def test_associations_need_three_orders_and_a_lift_above_one(
    evidence: Evidence, expected: Reason | None
) -> None:
    of = shop([ANCHOR, beside()])
    assert reason(offer(of, method="association_rules", evidence=evidence), of) == expected


def test_other_methods_claim_nothing_from_orders() -> None:
    of = shop([ANCHOR, beside()])
    assert reason(offer(of, method="embedding_complement"), of) is None


@pytest.mark.parametrize("paid", [20.0, 40.01, 0.0])
def test_a_price_beside_the_ladder_is_rejected(paid: float) -> None:
    of = shop([product("a"), beside()])
    assert reason(offer(of, Price(40.0, paid, 0.0, 20.0)), of) == "invalid_pricing"


@pytest.mark.parametrize(
    ("method", "cost", "expected"),
    [
        ("co_purchase", 17.0, None),
        ("co_purchase", 17.01, "margin_too_low"),
        ("category_diversity", 16.0, None),
        ("category_diversity", 16.01, "margin_too_low"),
    ],
)
def test_a_cold_bundle_has_to_keep_more(method: str, cost: float, expected: Reason | None) -> None:
    of = shop([product("a", cost=cost), product("b", cost=cost)])
    assert reason(offer(of, method=method), of) == expected


def test_a_margin_that_is_the_floor_is_not_below_it_though_cents_have_no_exact_binary_form() -> None:
    of = shop([product("a", price=0.6, cost=0.51), product("b", price=0.6, cost=0.51)])
    assert reason(offer(of), of) is None


def test_a_cost_that_is_not_known_is_held_against_nobody() -> None:
    of = shop([product("a"), product("b")])
    assert reason(offer(of), of) is None
    mixed = shop([product("a", cost=19.0), product("b")])
    assert reason(offer(mixed), mixed) == "margin_too_low"


def test_of_several_reasons_the_first_counts() -> None:
    products = [ANCHOR, beside(variant_of="model", currency="JPY", inventory=0.0, cost=25.0)]
    worse = [product("a", cost=25.0), beside(inventory=0.0)]
    assert reason(offer(shop(products)), shop(products)) == "duplicate_variants"
    assert reason(offer(shop(worse)), shop(worse)) == "out_of_stock"


def test_every_candidate_is_counted_once() -> None:
    of = shop([product("a", cost=10.0), product("b", cost=10.0)])
    unsure = offer(of, method="association_rules")
    gated = pass_gates(
        [offer(of), unsure, unsure, offer(of, Price(40.0, 41.0, 0.0, 20.0))], of.catalog, Compatibility.of(of)
    )

    assert gated.counts["total_candidates"] == 4
    assert gated.counts["passed"] == len(gated.passed) == 1
    assert gated.counts["rejected_low_support"] == 2
    assert gated.counts["rejected_price_invalid"] == 1
    assert sum(gated.counts[name] for name in COUNTED.values()) == len(gated.rejected) == 3


def texts(of: Shop) -> Texts:
    return Texts(dict(zip(of.catalog.product_ids, map(tuple, of.catalog.vectors.tolist()), strict=True)), [])
