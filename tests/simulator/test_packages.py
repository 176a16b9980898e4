import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.packages import propose_packages
from simulator.packing import MOST_PACKAGES, SMALLEST_PACKAGE
from simulator.question import Message, read
from tests.simulator.asking import Json, about, deal, proposal


def proposed(deals: list[Any]) -> Any:
    body = proposal(deals)
    return propose_packages(read([Message.model_validate(message) for message in body["messages"]]))


def codes(answer: Any) -> dict[str, str]:
    return {each["deal_id"]: each["code"] for each in answer["excluded"]}


def names(answer: Any) -> list[str]:
    return [package["package_name"] for package in answer["packages"]]


def odd_deals(facets: list[tuple[Any, ...]]) -> list[Json]:
    return [
        deal(
            number,
            taxonomy={"tier1": theme, "tier2": about},
            format=form,
            safety={"garm_risk_rating": risk},
            audience={"inferred_audience": audience},
        )
        for number, (theme, about, form, risk, audience) in enumerate(facets)
    ]


some = st.sampled_from
clusters = st.lists(
    st.tuples(
        some(["Automotive", "Travel", "Sports", "", None]),
        some(["One", "Two", None]),
        some(["video", "display", "audio", ""]),
        some(["Low", "Medium", "High", "Floor", "unheard of", None]),
        some([[], ["Auto Intenders"], ["Parents", "Gamers"], "Gamers"]),
    ),
    max_size=40,
).map(odd_deals)
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine is shared


@patient
@given(deals=clusters)
def test_every_deal_is_in_one_package_or_excluded_once(deals: list[Json]) -> None:
    answer = proposed(deals)

    packed = [deal_id for package in answer["packages"] for deal_id in package["deal_ids"]]
    accounted = Counter(packed + [each["deal_id"] for each in answer["excluded"]])
    assert accounted == Counter(each["deal_id"] for each in deals)


@patient
@given(deals=clusters)
def test_packages_are_few_and_never_small(deals: list[Json]) -> None:
    answer = proposed(deals)

    assert len(answer["packages"]) <= MOST_PACKAGES
    assert all(len(package["deal_ids"]) >= SMALLEST_PACKAGE for package in answer["packages"])
    assert len(set(names(answer))) == len(answer["packages"])
    assert set(codes(answer).values()) <= {"too_few", "safety_mismatch", "off_topic"}


@patient
@given(deals=clusters, seed=st.integers())
def test_the_order_of_the_deals_changes_nothing(deals: list[Json], seed: int) -> None:
    shuffled = random.Random(seed).sample(deals, len(deals))  # noqa: S311 - an order, no secret

    assert proposed(shuffled) == proposed(deals)


def test_deals_of_one_theme_become_a_package_with_a_name_for_buyers() -> None:
    answer = proposed(about("Automotive", range(5)))

    assert names(answer) == ["Premium Automotive CTV \N{EN DASH} Auto Intenders"]
    assert answer["packages"][0]["reasoning"] == (
        "5 CTV deals about Automotive, sharing the audience Auto Intenders."
        " Floor prices of 5.50 to 5.50 USD; rated Low throughout."
    )
    assert answer["excluded"] == []


def test_video_that_is_not_on_television_is_called_video() -> None:
    answer = proposed(about("Sports", range(3), deal_name="Sports pre-roll"))

    assert names(answer) == ["Premium Sports Video \N{EN DASH} Auto Intenders"]


def test_each_theme_becomes_a_package_of_its_own() -> None:
    answer = proposed(about("Automotive", range(4)) + about("Travel", range(4, 8)))

    assert [len(package["deal_ids"]) for package in answer["packages"]] == [4, 4]


def test_many_deals_of_one_theme_are_divided() -> None:
    answer = proposed([deal(n, taxonomy={"tier2": "SUV" if n % 2 else "Sedan"}) for n in range(10)])

    assert sorted(name.split()[1] for name in names(answer)) == ["SUV", "Sedan"]


@pytest.mark.parametrize(
    ("rating", "excluded"),
    [("Low", False), ("Medium", False), ("High", True), ("Floor", True), ("unheard of", False)],
)
def test_a_deal_far_less_safe_than_its_group_is_left_out(rating: str, *, excluded: bool) -> None:
    odd = deal(9, safety={"garm_risk_rating": rating})

    answer = proposed([*(deal(number) for number in range(4)), odd])

    assert codes(answer) == ({"bidswitch.com/0009": "safety_mismatch"} if excluded else {})


def test_a_lone_stranger_is_off_topic() -> None:
    assert codes(proposed(about("Automotive", range(4)) + about("Travel", [9]))) == {
        "bidswitch.com/0009": "off_topic"
    }


def test_two_of_a_kind_are_too_few() -> None:
    assert set(codes(proposed(about("Automotive", range(2)))).values()) == {"too_few"}


def test_a_cluster_without_deals_gives_an_empty_answer() -> None:
    assert proposed([]) == {"packages": [], "excluded": []}


def test_a_deal_with_nothing_but_its_id_is_accounted_for() -> None:
    assert codes(proposed([{"deal_id": "openx.com/1", "taxonomy": "odd", "publishers": None}])) == {
        "openx.com/1": "too_few"
    }


def test_a_deal_that_is_listed_twice_counts_once() -> None:
    answer = proposed([deal(1), deal(2), deal(2), deal(3)])

    assert answer["packages"][0]["deal_ids"] == [f"bidswitch.com/000{number}" for number in (1, 2, 3)]


def test_equal_names_within_an_answer_are_told_apart() -> None:
    deals = [
        deal(n, taxonomy={"tier1": theme, "tier2": "Same"})
        for n, theme in enumerate(["Travel"] * 3 + ["Automotive"] * 3)
    ]

    assert names(proposed(deals)) == [
        "Premium Same CTV \N{EN DASH} Auto Intenders",
        "Premium Same CTV \N{EN DASH} Auto Intenders (2)",
    ]
