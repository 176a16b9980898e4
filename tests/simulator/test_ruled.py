"""The answer to a question that states its rules."""

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.packages import propose_packages
from simulator.packing import MOST_PACKAGES
from simulator.question import BadQuestion, Message, read
from simulator.testing import Simulator
from tests.simulator.asking import Client, Json, block, deal, strike

RULES: Json = {
    "min_deals": 3,
    "max_safety_spread": 1,
    "max_quality_spread": 1,
    "max_floor_spread": 10,
    "common_seats": True,
    "common_countries": True,
    "common_dates": True,
    "mix_media_types": False,
    "near_duplicate_share": 0.8,
}
RATINGS = ("low", "medium", "high", "unknown", "floor")
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine is shared


def asked(deals: list[Any], rules: Any = RULES) -> Json:
    system = '<prompt name="propose_packages" version="2"/>\nAnswer in JSON.'
    user = f"{block('rules', [rules])}\n{block('enriched_deals', deals)}\n"
    return {
        "model": "gpt-4o",
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
    }


def proposed(deals: list[Any], rules: Any = RULES) -> Any:
    messages = asked(deals, rules)["messages"]
    return propose_packages(read([Message.model_validate(message) for message in messages]))


def full(number: int, **changes: Any) -> Json:
    terms: Json = {
        "media_types": ["video"],
        "seats": [],
        "blocked_seats": [],
        "countries": [],
        "starts": None,
        "ends": None,
    }
    own = {name: changes.pop(name) for name in list(changes) if name in terms}
    return {**deal(number, **changes), **terms, **own}


def codes(answer: Any) -> dict[str, str]:
    return {each["deal_id"]: each["code"] for each in answer["excluded"]}


def numbered(facets: list[Any]) -> list[Json]:
    return [full(number, **each) for number, each in enumerate(facets)]


some = st.sampled_from
clusters = st.lists(
    st.builds(
        dict,
        taxonomy=st.builds(dict, tier1=some(["Automotive", "Travel", "Sports"]), tier2=some(["One", "Two"])),
        media_types=some([["video"], ["audio"], ["video", "banner"], []]),
        safety=st.builds(dict, garm_risk_rating=some(["Low", "Medium", "High", "Unknown", "Floor"])),
        commercial=st.builds(
            dict,
            quality_tier=some(["Premium", "RON", "Mid-tier", "Gold"]),
            floor_price=some([None, 0, 1, 9, 40]),
        ),
        seats=some([[], ["a"], ["b", "a"]]),
        blocked_seats=some([[], ["a"]]),
        countries=some([[], ["USA"], ["DEU", "USA"], ["FRA"]]),
        starts=some([None, "2026-01-01T00:00:00+00:00", "2026-06-01T00:00:00+00:00"]),
        ends=some([None, "2026-03-01T00:00:00+00:00"]),
    ),
    max_size=25,
).map(numbered)


@patient
@given(deals=clusters)
def test_every_deal_is_in_one_package_or_excluded_once(deals: list[Json]) -> None:
    answer = proposed(deals)

    packed = [deal_id for package in answer["packages"] for deal_id in package["deal_ids"]]
    accounted = Counter(packed + [each["deal_id"] for each in answer["excluded"]])
    assert accounted == Counter(each["deal_id"] for each in deals)
    assert len(answer["packages"]) <= MOST_PACKAGES


@patient
@given(deals=clusters)
def test_no_package_breaks_a_rule_that_is_stated(deals: list[Json]) -> None:
    by_id = {each["deal_id"]: each for each in deals}
    for package in proposed(deals)["packages"]:
        members = [by_id[each] for each in package["deal_ids"]]
        assert len(members) >= 3
        ratings = [RATINGS.index(each["safety"]["garm_risk_rating"].lower()) for each in members]
        assert max(ratings) - min(ratings) <= 1
        assert {"Premium", "RON"} > {each["commercial"]["quality_tier"] for each in members} - {
            "Gold",
            "Mid-tier",
        }
        floors = [each["commercial"]["floor_price"] for each in members if each["commercial"]["floor_price"]]
        assert max(floors, default=1) <= 10 * min(floors, default=1)
        for name in ("media_types", "countries"):
            stated = [set(each[name]) for each in members if each[name]]
            assert not stated or set.intersection(*stated)
        starts = [each["starts"] for each in members if each["starts"]]
        ends = [each["ends"] for each in members if each["ends"]]
        assert max(starts, default="") <= min(ends, default="9")


@patient
@given(deals=clusters, seed=st.integers())
def test_the_order_of_the_deals_changes_nothing(deals: list[Json], seed: int) -> None:
    shuffled = random.Random(seed).sample(deals, len(deals))  # noqa: S311 - an order, no secret

    assert proposed(shuffled) == proposed(deals)


def test_a_cluster_of_usual_size_becomes_three_to_five_packages() -> None:
    deals = [full(n, taxonomy={"tier2": f"Kind {n % 4}"}) for n in range(17)]

    assert 3 <= len(proposed(deals)["packages"]) <= 5


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"media_types": ["audio"]}, "format_mismatch"),
        ({"safety": {"garm_risk_rating": "Floor"}}, "safety_mismatch"),
        ({"commercial": {"quality_tier": "RON"}}, "quality_mismatch"),
        ({"commercial": {"floor_price": 100}}, "price_mismatch"),
        ({"commercial": {"currency": "JPY", "floor_price": 5.5}}, "price_mismatch"),
        ({"ends": "2025-12-31T00:00:00+00:00"}, "date_mismatch"),
        ({"countries": ["FRA"]}, "country_mismatch"),
        ({"seats": ["z"]}, "seat_mismatch"),
    ],
)
def test_who_does_not_fit_says_why(changes: Json, code: str) -> None:
    usual: Json = {"starts": "2026-01-01T00:00:00+00:00", "seats": ["a"], "countries": ["USA"]}
    deals = [full(n, **usual) for n in range(4)]

    answer = proposed([*deals, full(9, **{**usual, **changes})])

    assert codes(answer) == {"bidswitch.com/0009": code}


def test_rules_that_are_switched_off_keep_nobody_out() -> None:
    rules = {**RULES, "max_floor_spread": None, "mix_media_types": True, "max_safety_spread": 4}
    odd = full(
        9, media_types=["audio"], commercial={"floor_price": 900}, safety={"garm_risk_rating": "Floor"}
    )

    assert codes(proposed([*(full(n) for n in range(4)), odd], rules)) == {}


def test_rules_that_are_none_are_refused() -> None:
    with pytest.raises(BadQuestion, match="the rules are none"):
        proposed([], {"min_deals": "many"})


async def test_broken_rules_put_everything_into_one_package(simulator: Simulator, client: Client) -> None:
    strike(simulator, "broken_rules")
    odd = full(9, safety={"garm_risk_rating": "Floor"})

    answer = await client.answer(asked([*(full(n) for n in range(4)), odd]))

    [package] = answer["packages"]
    assert len(package["deal_ids"]) == 5
    assert answer["excluded"] == []


async def test_near_duplicates_differ_in_one_deal(simulator: Simulator, client: Client) -> None:
    strike(simulator, "near_duplicates")

    first, second = (await client.answer(asked([full(n) for n in range(6)])))["packages"]

    assert first["deal_ids"][:-1] == second["deal_ids"]
