"""What is computed from the members of a package."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import InvalidEvent
from contracts.deal import Deal
from contracts.packages import Aggregates, Share
from contracts.rates import Rates, load_rates
from contracts.safety import SafetyRisk
from enricher.domain import Money, members_of, shown
from enricher.domain import aggregate as aggregate_in
from tests.samples import deal, deals, ids

DOLLARS = Money("USD", load_rates())
RATINGS = ("Low", "Medium", "High", "Floor", None)
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine is shared


def aggregate(found: Sequence[Deal], money: Money = DOLLARS) -> Aggregates:
    return aggregate_in(found, money)


def rated(*ratings: str | None) -> list[Deal]:
    return [
        deal(number, safety={"garm_risk_rating": rating}) for number, rating in enumerate(ratings, start=1)
    ]


def priced(*prices: tuple[float, str]) -> list[Deal]:
    return [
        deal(number, commercial={"floor_price": price, "currency": currency})
        for number, (price, currency) in enumerate(prices, start=1)
    ]


def sold_in(*countries: list[str]) -> list[Deal]:
    return [deal(number, countries=codes) for number, codes in enumerate(countries, start=1)]


@pytest.mark.parametrize(
    ("ratings", "worst", "caused_by"),
    [
        pytest.param(["Low", "Floor", "High"], SafetyRisk.FLOOR, (2,), id="Floor is the worst"),
        pytest.param(["Low", "High", "High"], SafetyRisk.HIGH, (2, 3), id="two cause it"),
        pytest.param(["Low", None], SafetyRisk.UNKNOWN, (2,), id="unknown is not safe"),
        pytest.param([None, "Floor"], SafetyRisk.FLOOR, (2,), id="Floor is worse than unknown"),
        pytest.param(["Low", "Low"], SafetyRisk.LOW, (1, 2), id="all are safe"),
    ],
)
def test_the_worst_rating_holds_for_the_package(
    ratings: list[str | None], worst: SafetyRisk, caused_by: tuple[int, ...]
) -> None:
    safety = aggregate(rated(*ratings)).safety

    assert safety.worst is worst
    assert safety.caused_by == tuple(f"bidswitch.com/{number}" for number in caused_by)


@patient
@given(ratings=st.lists(st.sampled_from(RATINGS), min_size=1, max_size=6), extra=st.sampled_from(RATINGS))
def test_another_member_never_makes_a_package_safer(ratings: list[str | None], extra: str | None) -> None:
    before = aggregate(rated(*ratings)).safety.worst
    after = aggregate(rated(*ratings, extra)).safety.worst

    assert after.severity >= before.severity


@patient
@given(ratings=st.lists(st.sampled_from(RATINGS), min_size=1, max_size=6))
def test_a_package_is_called_low_only_if_every_member_is(ratings: list[str | None]) -> None:
    assert (aggregate(rated(*ratings)).safety.worst is SafetyRisk.LOW) == (set(ratings) == {"Low"})


@pytest.mark.parametrize(
    ("said", "family_safe"),
    [
        pytest.param([True, True], True, id="every member says so"),
        pytest.param([True, None], None, id="one does not say"),
        pytest.param([True, False], False, id="one says no"),
        pytest.param([None, False], False, id="no is no, whoever is silent"),
    ],
)
def test_family_safe_needs_every_member(
    said: list[bool | None],
    family_safe: bool | None,  # noqa: FBT001 - a case
) -> None:
    members = [deal(number, safety={"family_safe": word}) for number, word in enumerate(said, start=1)]

    assert aggregate(members).safety.family_safe is family_safe


def test_floors_of_different_currencies_are_never_mixed() -> None:
    floors = aggregate(priced((2, "USD"), (9, "EUR"), (4, "USD"), (3, "USD"))).floors

    assert [(each.currency, each.lowest, each.median, each.highest, each.deals) for each in floors] == [
        ("EUR", 9, 9, 9, 1),
        ("USD", 2, 3, 4, 3),
    ]


def test_a_deal_without_floor_counts_in_no_range() -> None:
    [floor] = aggregate([*priced((2, "USD")), deal(9, commercial={})]).floors

    assert floor.deals == 1


@pytest.mark.parametrize(
    ("countries", "common"),
    [
        pytest.param([["USA", "CAN"], ["USA"]], ("USA",), id="where all sell"),
        pytest.param([["USA"], []], ("USA",), id="no limit stated means anywhere"),
        pytest.param([[], []], None, id="nobody limits it"),
        pytest.param([["USA"], ["DEU"]], (), id="nowhere is not anywhere"),
    ],
)
def test_countries_are_those_where_all_members_sell(
    countries: list[list[str]], common: tuple[str, ...] | None
) -> None:
    assert aggregate(sold_in(*countries)).countries == common


def test_a_package_runs_from_the_latest_start_to_the_earliest_end() -> None:
    members = [
        deal(1, start_time="2026-01-01", end_time="2026-12-31"),
        deal(2, start_time="2026-02-01"),
        deal(3, end_time="2026-06-30"),
    ]

    found = aggregate(members)

    assert (found.starts, found.ends) == (date(2026, 2, 1), date(2026, 6, 30))


def test_shares_count_members_the_most_frequent_first_and_equals_by_name() -> None:
    members = [
        deal(1, publishers=["Disney+", "Paramount"]),
        deal(2, publishers=["Paramount", "Paramount"]),
        deal(3, publishers=["Hulu"]),
    ]

    assert aggregate(members).publishers == (
        Share(name="Paramount", deals=2),
        Share(name="Disney+", deals=1),
        Share(name="Hulu", deals=1),
    )


def test_formats_are_in_the_words_of_buyers() -> None:
    members = [deal(1, format="ctv"), deal(2, format="video"), deal(3, format="display")]

    assert {share.name for share in aggregate(members).formats} == {"ctv", "video", "display"}


def test_long_lists_are_cut_so_that_the_event_can_travel() -> None:
    loud = [
        deal(number, publishers=[f"{'x' * 1900}{name}" for name in range(200)]) for number in range(1, 30)
    ]

    assert len(aggregate(loud).canonical()) < 20_000


@st.composite
def members(draw: st.DrawFn) -> list[Deal]:
    changes: dict[str, st.SearchStrategy[Any]] = {
        "safety": st.fixed_dictionaries({"garm_risk_rating": st.sampled_from(RATINGS)}),
        "publishers": st.lists(st.sampled_from("abc"), max_size=3),
        "countries": st.lists(st.sampled_from(["USA", "DEU", "FRA"]), max_size=3),
        "commercial": st.fixed_dictionaries(
            {"floor_price": st.floats(0, 100), "currency": st.sampled_from(["USD", "EUR"])}
        ),
    }
    drawn = draw(st.lists(st.fixed_dictionaries(changes), min_size=1, max_size=6))
    return [deal(number, **each) for number, each in enumerate(drawn, start=1)]


@patient
@given(found=members(), shuffled=st.randoms())
def test_the_order_of_the_members_changes_nothing(found: list[Deal], shuffled: Any) -> None:
    other = found.copy()
    shuffled.shuffle(other)

    assert aggregate(other) == aggregate(found)


def test_nothing_has_no_aggregates() -> None:
    with pytest.raises(ValueError, match="without deals"):
        aggregate([])


def test_the_members_are_taken_out_of_the_cluster_in_the_order_of_the_package() -> None:
    found = deals(5)

    assert members_of(found, ids(found)[3:1:-1]) == [found[3], found[2]]


def test_a_package_whose_deals_are_not_in_the_cluster_is_refused() -> None:
    with pytest.raises(InvalidEvent, match=r"lacks bidswitch\.com/9"):
        members_of(deals(3), ("bidswitch.com/1", "bidswitch.com/9"))


def test_an_unknown_rating_is_shown_as_unknown() -> None:
    assert shown(deal(1, safety={}))["safety"] == {"garm_risk_rating": "Unknown", "family_safe": None}


def test_floors_are_told_in_one_currency_by_rates_of_one_day() -> None:
    rates = Rates(as_of=date(2026, 1, 2), base="USD", rates={"EUR": 1.5})
    members = [*priced((2, "USD"), (4, "EUR")), deal(9, commercial={"floor_price": 7, "currency": "XAU"})]

    floor = aggregate(members, Money("USD", rates)).floor

    assert floor is not None
    assert (floor.currency, floor.rates_as_of) == ("USD", date(2026, 1, 2))
    assert (floor.lowest, floor.median, floor.highest, floor.deals) == (2, 4, 6, 2)
    assert floor.unknown_rates == (Share(name="XAU", deals=1),)
    assert floor.weighted is None, "no member states a volume"


def test_a_floor_is_weighted_by_units_or_else_by_the_scale_of_the_inventory() -> None:
    dear = deal(1, commercial={"floor_price": 9, "currency": "USD", "inventory_scale": 1})
    cheap = deal(2, commercial={"floor_price": 3, "currency": "USD"}, units=2)
    silent = deal(3, commercial={"floor_price": 100, "currency": "USD"})

    floor = aggregate([dear, cheap, silent]).floor

    assert floor is not None
    assert floor.weighted == 5


def test_where_no_floor_can_be_converted_there_is_none() -> None:
    assert aggregate([deal(1, commercial={})]).floor is None
    assert aggregate([deal(1, commercial={"floor_price": 7, "currency": "XAU"})]).floor is None


@pytest.mark.parametrize(
    ("seats", "common"),
    [
        pytest.param([["a", "b"], ["b", "c"]], ("b",), id="in common"),
        pytest.param([["a"], []], ("a",), id="an empty list is no limit"),
        pytest.param([[], []], None, id="no limit at all"),
        pytest.param([["a"], ["b"]], (), id="nobody"),
    ],
)
def test_seats_are_those_that_may_buy_all_members(
    seats: list[list[str]], common: tuple[str, ...] | None
) -> None:
    found = aggregate([deal(number, wseat=some) for number, some in enumerate(seats, start=1)])

    assert found.seats == common
    assert found.seats_in_all == (None if common is None else len(common))
