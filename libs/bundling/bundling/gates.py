"""What no bundle may be, checked in one order; each rejection is counted under its first reason."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from bundling.bundle import Candidate
from bundling.catalog import Catalog
from bundling.compatibility import Compatibility
from bundling.pricing import Price, floor_of, valid_ladder

EXACT: Final = 1e-9  # what prices lose as binary fractions: a margin that is the floor is not below it
LEAST_TOGETHER: Final = 3  # orders: fewer may be one customer's whim
Reason = Literal[
    "duplicate_variants",
    "mixed_currencies",
    "unknown_price",
    "out_of_stock",
    "margin_too_low",
    "low_support",
    "invalid_pricing",
    "incompatible_categories",
]
# As the log record calls them, in the order in which they are checked.
COUNTED: Final[dict[Reason, str]] = {
    "duplicate_variants": "rejected_duplicate_variants",
    "mixed_currencies": "rejected_mixed_currencies",
    "unknown_price": "rejected_unknown_price",
    "out_of_stock": "rejected_out_of_stock",
    "margin_too_low": "rejected_low_margin",
    "low_support": "rejected_low_support",
    "invalid_pricing": "rejected_price_invalid",
    "incompatible_categories": "rejected_incompatible_categories",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A candidate with its price."""

    candidate: Candidate
    price: Price


@dataclass(frozen=True, slots=True)
class Rejected:
    candidate: Candidate
    reason: Reason


@dataclass(frozen=True, slots=True)
class Gated:
    passed: tuple[Offer, ...]
    rejected: tuple[Rejected, ...]

    @property
    def counts(self) -> dict[str, int]:
        """By the names of the log record; they add up to the total."""
        reasons = Counter(one.reason for one in self.rejected)
        by_name = {name: reasons[reason] for reason, name in COUNTED.items()}
        return {
            "total_candidates": len(self.passed) + len(self.rejected),
            **by_name,
            "passed": len(self.passed),
        }


def pass_gates(offers: Sequence[Offer], catalog: Catalog, fits: Compatibility) -> Gated:
    passed: list[Offer] = []
    rejected: list[Rejected] = []
    for offer in offers:
        reason = first_reason(offer, catalog, fits)
        if reason is None:
            passed.append(offer)
        else:
            rejected.append(Rejected(offer.candidate, reason))
    return Gated(tuple(passed), tuple(rejected))


def first_reason(offer: Offer, catalog: Catalog, fits: Compatibility) -> Reason | None:
    rows = list(offer.candidate.rows)
    checks: dict[Reason, Callable[[], bool]] = {
        "duplicate_variants": lambda: len(set(catalog.family[rows].tolist())) < len(rows),
        "mixed_currencies": lambda: len(set(catalog.currency[rows].tolist())) > 1,
        "unknown_price": lambda: not bool((catalog.prices[rows] > 0).all()),
        "out_of_stock": lambda: not bool(catalog.in_stock[rows].all()),
        "margin_too_low": lambda: _too_low(offer, catalog),
        "low_support": lambda: _unsure(offer.candidate),
        "invalid_pricing": lambda: not valid_ladder(offer.price),
        "incompatible_categories": lambda: _unlike(offer.candidate, catalog, fits),
    }
    return next((reason for reason, fails in checks.items() if fails()), None)


def _too_low(offer: Offer, catalog: Catalog) -> bool:
    """Of products whose cost is known, at the discount of the bundle: others prove nothing."""
    rows = list(offer.candidate.rows)
    prices, costs = catalog.prices[rows], catalog.costs[rows]
    known = ~np.isnan(costs)
    if not known.any():
        return False
    paid = float(prices[known].sum()) * (offer.price.price / offer.price.full)
    margin = (paid - float(costs[known].sum())) / paid if paid > 0 else -1.0
    return margin < floor_of(offer.candidate) - EXACT


def _unsure(candidate: Candidate) -> bool:
    """By bounds relative to the store: a fixed share of orders would silence every large assortment."""
    if candidate.method != "association_rules":
        return False
    return candidate.evidence.lift_low <= 1.0 or candidate.evidence.together < LEAST_TOGETHER


def _unlike(candidate: Candidate, catalog: Catalog, fits: Compatibility) -> bool:
    """A buyer of a mix and match chooses what fits; the other types choose for the buyer."""
    return candidate.kind != "MIX_MATCH" and not fits.of_set(candidate.rows, catalog.category)
