"""What calls cost."""

import json
from decimal import Decimal
from pathlib import Path

from llm import Tokens
from llm.prices import Prices, most_tokens


def test_cached_input_is_cheaper_and_counted_once() -> None:
    cost = Prices.load().cost("gpt-4o", Tokens(prompt=1_000_000, completion=100_000, cached_prompt=400_000))
    assert cost is not None
    assert cost.usd == Decimal("0.6") * Decimal("2.50") + Decimal("0.4") * Decimal("1.25") + Decimal("1.00")


def test_an_unknown_model_has_no_price() -> None:
    assert Prices.load().cost("gpt-4o-mini", Tokens(1, 1)) is None


def test_a_list_of_ones_own_replaces_ours(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    price = {"input": "1", "cached_input": "1", "output": "2"}
    path.write_text(json.dumps({"as_of": "2030-01-01", "models": {"home-made-7b": price}}))
    prices = Prices.load(path)
    cost = prices.cost("home-made-7b", Tokens(1_000_000, 1_000_000))
    assert cost is not None
    assert (cost.usd, cost.as_of) == (Decimal(3), "2030-01-01")
    assert prices.cost("gpt-4o", Tokens()) is None


def test_our_list_says_when_it_was_true_and_what_is_invented() -> None:
    prices = Prices.load()
    assert prices.as_of == "2026-11-01"
    assert "assort-simulator-1 is invented" in prices.note


def test_estimates_count_bytes_not_characters() -> None:
    assert most_tokens("日本語") > most_tokens("abc")
