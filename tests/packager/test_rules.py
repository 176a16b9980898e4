"""The rules of a package: what breaks them, who has to go, and what is said about it."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import derived_id
from contracts.deal import Deal
from contracts.settings import PackingSettings
from packager.domain import RULES, Packing, Plan, Proposal, wishes
from packager.domain.fitting import Search, fitted, undominated
from packager.domain.rules import Way
from tests.packager.settling import reasons, settle, yardstick
from tests.samples import deal, ids

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine is shared

CLUSTER_ID = derived_id("cluster", "one")

OFF: dict[str, Any] = {
    "max_safety_spread": 4,
    "max_quality_spread": 2,
    "max_floor_spread": None,
    "common_seats": False,
    "common_countries": False,
    "common_dates": False,
    "mix_media_types": True,
}


def proposal(found: Sequence[Deal], name: str = "Auto Intenders") -> Proposal:
    return Proposal(name, ids(found), "They are about cars.")


def settled(found: Sequence[Deal], *, rules: dict[str, Any] | None = None) -> Packing:
    """One proposal of all these deals."""
    plan = Plan((proposal(found),), ())
    return settle(CLUSTER_ID, found, plan, PackingSettings(**(rules or {})))


def rated(*ratings: str | None) -> list[Deal]:
    return [
        deal(number, safety={"garm_risk_rating": rating} if rating else {})
        for number, rating in enumerate(ratings, start=1)
    ]


def priced(*floors: tuple[float | None, str]) -> list[Deal]:
    return [
        deal(number, commercial={"floor_price": floor, "currency": currency})
        for number, (floor, currency) in enumerate(floors, start=1)
    ]


def with_terms(*terms: dict[str, Any]) -> list[Deal]:
    return [deal(number, terms=each) for number, each in enumerate(terms, start=1)]


BREAKING = [
    pytest.param(rated("Low", "Low", "Medium", "High"), {"4": "safety_spread"}, id="rated high"),
    pytest.param(rated("High", "Floor", "High", "High"), {"2": "safety_spread"}, id="Floor is the worst"),
    pytest.param(rated("Low", "Low", "Low", None), {"4": "safety_spread"}, id="unknown is not safe"),
    pytest.param(
        [deal(n, commercial={"quality_tier": tier}) for n, tier in enumerate(["RON", *["Premium"] * 3], 1)],
        {"1": "quality_spread"},
        id="run of network",
    ),
    pytest.param(
        priced((1, "USD"), (2, "EUR"), (9, "USD"), (11, "USD"), (10, "USD")), {"4": "floor_spread"}, id="dear"
    ),
    pytest.param(
        with_terms({"wseat": ["a", "b"]}, {"wseat": ["b"]}, {"wseat": ["c"]}, {}),
        {"3": "no_common_seat"},
        id="seats",
    ),
    pytest.param(
        with_terms({"wseat": ["a"]}, {"wseat": ["a"]}, {"bseat": ["a"]}, {"wseat": ["a", "b"]}),
        {"3": "no_common_seat"},
        id="a blocked seat",
    ),
    pytest.param(
        with_terms({"countries": ["US"]}, {"countries": ["US", "DE"]}, {"countries": ["FR"]}, {}),
        {"3": "no_common_country"},
        id="countries",
    ),
    pytest.param(
        with_terms(
            {"startdate": "2026-03-01"},
            {"enddate": "2026-04-01"},
            {"startdate": "2026-05-01"},
            {"startdate": "2026-05-02", "enddate": "2026-06-01"},
        ),
        {"2": "no_common_date"},
        id="dates",
    ),
    pytest.param(
        [deal(n, format=form) for n, form in enumerate(["video", "ctv", "audio", "video"], start=1)],
        {"3": "mixed_media"},
        id="media types",
    ),
]


@pytest.mark.parametrize(("found", "dropped"), BREAKING)
def test_the_fewest_members_go_so_that_the_others_keep_the_rule(
    found: list[Deal], dropped: dict[str, str]
) -> None:
    packing = settled(found)

    expected = {f"bidswitch.com/{number}": code for number, code in dropped.items()}
    assert reasons(packing) == expected
    [package] = packing.packages
    assert set(package.item_ids) == set(ids(found)) - set(expected)
    assert packing.tally.dropped_members == len(expected)


@pytest.mark.parametrize(("found", "dropped"), BREAKING)
def test_a_rule_that_is_switched_off_breaks_nothing(found: list[Deal], dropped: dict[str, str]) -> None:
    [package] = settled(found, rules=OFF).packages

    assert dropped
    assert set(package.item_ids) == set(ids(found))


@pytest.mark.parametrize(("found", "dropped"), BREAKING)
def test_the_model_is_told_which_rule_and_which_deals(found: list[Deal], dropped: dict[str, str]) -> None:
    plan = Plan((proposal(found),), ())
    [wish] = wishes(plan, found, yardstick())

    rule = next(rule for rule in RULES if rule.code in dropped.values())
    assert f"'Auto Intenders' breaks {rule.setting}: {rule.words}" in wish
    assert all(f"bidswitch.com/{number} (it is " in wish for number in dropped)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(priced((0, "USD"), (None, "USD"), (5, "USD"), (6, "USD")), id="no floor"),
        pytest.param(priced((1, "USD"), (500, "XXX"), (2, "USD")), id="no rate"),
        pytest.param(
            [
                deal(n, commercial={"quality_tier": tier})
                for n, tier in enumerate(["RON", "Gold", "Mid-tier"])
            ],
            id="a tier that is none",
        ),
        pytest.param([deal(1), deal(2, format=None), deal(3)], id="no media type"),
        pytest.param(with_terms({}, {}, {}), id="no terms"),
    ],
)
def test_what_is_not_known_is_not_judged(found: list[Deal]) -> None:
    assert wishes(Plan((proposal(found),), ()), found, yardstick()) == []
    assert settled(found).excluded is None


def test_where_too_few_remain_all_are_excluded_with_the_code_of_the_rule() -> None:
    found = rated("Low", "Floor", "High", "Low")

    packing = settled(found)

    assert packing.packages == ()
    assert set(reasons(packing).values()) == {"safety_spread"}
    [wish] = wishes(Plan((proposal(found),), ()), found, yardstick())
    assert "do without it" in wish


def test_a_dropped_deal_that_is_in_another_package_is_placed() -> None:
    found = [*rated("Low", "Low", "Low", "Floor", "Floor", "Floor")]
    plan = Plan((proposal(found[:4], "Safe"), proposal(found[3:], "Bold")), ())

    packing = settle(CLUSTER_ID, found, plan)

    assert sorted(package.name for package in packing.packages) == ["Bold", "Safe"]
    assert packing.excluded is None


def test_a_dropped_deal_says_what_it_is_and_what_the_package_keeps() -> None:
    excluded = settled(rated("Low", "Medium", "Low", "Floor")).excluded

    assert excluded is not None
    assert [each.words for each in excluded.exclusions] == [
        "It is rated floor; 'Auto Intenders' keeps deals rated low to medium."
    ]


@st.composite
def any_deals(draw: st.DrawFn) -> list[Deal]:
    """Up to nine deals that differ in all that rules are about."""
    some = st.sampled_from
    return [
        deal(
            number,
            format=draw(some(["video", "audio", None])),
            safety={"garm_risk_rating": draw(some(["Low", "Medium", "High", "Floor"]))},
            commercial={
                "quality_tier": draw(some(["Premium", "Mid-tier", "RON", None])),
                "floor_price": draw(some([None, 0, 1, 4, 12, 50])),
                "currency": draw(some(["USD", "XXX"])),
            },
            terms={
                "wseat": draw(some([[], ["a"], ["a", "b"], ["c"]])),
                "bseat": draw(some([[], ["a"]])),
                "countries": draw(some([[], ["US"], ["DE", "US"]])),
                "startdate": draw(some([None, "2026-01-01", "2026-06-01"])),
                "enddate": draw(some([None, "2026-07-01"])),
            },
        )
        for number in range(draw(st.integers(0, 9)))
    ]


def keeps_all(found: Sequence[Deal]) -> bool:
    everybody = (1 << len(found)) - 1
    return all(any(way.members == everybody for way in rule.ways(found, yardstick())) for rule in RULES)


@patient
@given(found=any_deals())
def test_no_larger_part_of_a_proposal_keeps_the_rules(found: list[Deal]) -> None:
    fit = fitted(found, yardstick())

    assert not fit.kept or keeps_all(fit.kept)
    assert len(fit.kept) + len(fit.dropped) == len(found)
    larger = combinations(found, len(fit.kept) + 1)
    assert not any(keeps_all(part) for part in larger)


@patient
@given(found=any_deals(), seed=st.randoms(use_true_random=False))
def test_who_has_to_go_does_not_depend_on_the_order(found: list[Deal], seed: Any) -> None:
    shuffled = list(found)
    seed.shuffle(shuffled)

    assert fitted(shuffled, yardstick()) == fitted(found, yardstick())


def test_a_search_without_end_is_cut_short_and_still_finds_a_part() -> None:
    """200 deals, and seven rules that each cut them in another way."""
    choices = [
        undominated(
            Way("", sum(1 << n for n in range(200) if (n * n + k * step) % 13 < 7)) for k in range(60)
        )
        for step in (3, 5, 7, 11, 17, 19, 23)
    ]
    search = Search(choices)
    search.go((1 << 200) - 1)

    assert search.size > 0
    assert all(search.kept & ~way.members == 0 for way in search.chosen)
