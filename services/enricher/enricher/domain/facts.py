"""What the quality of packages is measured by: a few words of each deal, read without the rest of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from contracts import loads
from contracts.deal import item_id
from contracts.rates import Rates
from contracts.safety import SafetyRisk

ONE_CURRENCY = "USD"  # spreads are ratios: which one it is does not matter


@dataclass(frozen=True, slots=True)
class Facts:
    tier1: str | None
    severity: int
    floor: float | None  # in one currency; None: there is none, or no rate for it


def facts_of(bodies: bytes, rates: Rates) -> Iterator[tuple[str, Facts]]:
    """By item id. Whole deals would cost a hundred times as much here."""
    for line in bodies.splitlines():
        document = loads(line)
        yield item_id(document["origin"], document["id"]), _facts(document, rates)


def _facts(document: dict[str, Any], rates: Rates) -> Facts:
    tier1, terms = document["taxonomy"]["tier1"], document["terms"]
    return Facts(
        tier1=tier1["name"] if tier1 else None,
        severity=SafetyRisk(document["safety"]["risk"]).severity,
        floor=_floor(terms["dealfloor"], terms["cur"], rates),
    )


def _floor(amount: float | None, currency: str | None, rates: Rates) -> float | None:
    return None if amount is None or currency is None else rates.convert(amount, currency, ONE_CURRENCY)
