"""What became of every product: in a bundle, or why in none."""

from collections import Counter
from typing import Final

from bundling.choosing import Choice
from bundling.gates import Reason
from bundling.shop import Shop

WORDS: Final = {
    "no_price": "it has no price",
    "out_of_stock": "there is none left",
    "not_launched": "it is not on sale yet",
    "other_currency": "most products of the store are priced in another currency",
    "no_companion": "nothing was found to sell it with",
    "not_chosen": "other bundles were better, or too much like it",
}


def unplaced(shop: Shop, choice: Choice) -> dict[int, tuple[str, str]]:
    """Code and words for each row that is in no bundle."""
    placed = {row for one in choice.chosen for row in one.offer.candidate.rows}
    passed = {row for offer in choice.gated.passed for row in offer.candidate.rows}
    rejected: dict[int, Counter[Reason]] = {}
    for one in choice.gated.rejected:
        for row in one.candidate.rows:
            rejected.setdefault(row, Counter())[one.reason] += 1
    return {row: _why(row, shop, passed, rejected) for row in range(shop.catalog.size) if row not in placed}


def _why(row: int, shop: Shop, passed: set[int], rejected: dict[int, Counter[Reason]]) -> tuple[str, str]:
    code = _barred(row, shop)
    if code is None and row in passed:
        code = "not_chosen"
    if code is None and row in rejected:
        reason, count = min(rejected[row].items(), key=lambda item: (-item[1], item[0]))
        total = rejected[row].total()
        bundles = "1 bundle with it was" if total == 1 else f"{total} bundles with it were"
        return reason, f"{bundles} rejected, {count} for this"
    code = code or "no_companion"
    return code, WORDS[code]


def _barred(row: int, shop: Shop) -> str | None:
    """What alone keeps a product out of every bundle."""
    catalog = shop.catalog
    if not catalog.prices[row] > 0:
        return "no_price"
    if not catalog.in_stock[row]:
        return "out_of_stock"
    if not shop.launched[row]:
        return "not_launched"
    return "other_currency" if catalog.currency[row] != shop.currency else None
