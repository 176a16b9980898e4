import json
from pathlib import Path
from typing import Any

import pytest

from contracts import InvalidEvent
from contracts.rates import OWN_LIST, load_rates


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "rates.json"
    path.write_text(json.dumps({"as_of": "2026-01-02", "base": "EUR", "rates": {"USD": 0.5}} | changes))
    return path


def test_money_is_converted_through_the_base(tmp_path: Path) -> None:
    rates = load_rates(written(tmp_path, rates={"USD": 0.5, "GBP": 2}))

    assert rates.convert(3, "GBP", "USD") == 12
    assert rates.convert(3, "EUR", "USD") == 6
    assert rates.as_of.isoformat() == "2026-01-02"


def test_what_has_no_rate_is_not_converted_but_equals_itself() -> None:
    rates = load_rates()

    assert rates.convert(3, "XAU", "USD") is None
    assert rates.convert(3, "USD", "XAU") is None
    assert rates.convert(3, "XAU", "XAU") == 3


def test_converting_there_and_back_changes_nothing_that_matters() -> None:
    rates = load_rates()
    for currency in rates.rates:
        there = rates.convert(7, currency, "USD")
        assert there is not None
        assert rates.convert(there, "USD", currency) == pytest.approx(7)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"rates": {"USD": 0}}, "rates.USD", id="a rate of nothing"),
        pytest.param({"rates": {"usd": 1}}, "rates.usd", id="a currency in small letters"),
        pytest.param({"rates": {"EUR": 2}}, "one EUR is one EUR", id="a base that is not one"),
        pytest.param({"as_of": "soon"}, "as_of", id="no date"),
    ],
)
def test_a_list_that_is_wrong_is_refused_with_the_reason(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidEvent, match=words):
        load_rates(written(tmp_path, **changes))


def test_our_own_list_knows_the_currencies_of_most_feeds() -> None:
    assert {"USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD"} <= load_rates(OWN_LIST).rates.keys()
