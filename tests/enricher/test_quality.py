"""How good a run is, in figures: each on examples small enough to check by hand."""

from typing import Any
from uuid import UUID

import numpy as np
import pytest

from contracts.quality import Quality
from contracts.rates import load_rates
from enricher.domain import Answering, Facts, Measured, Offered, facts_of, measure
from tests.samples import deal, lines

CARS = Facts("Automotive", 0, 2.0)
FACTS = {"a": CARS, "b": CARS, "c": Facts("Travel", 2, 8.0), "d": Facts(None, 3, None)}
EAST, NORTH = (1.0, 0.0), (0.0, 1.0)


def offered(number: int, items: str, name: str = "") -> Offered:
    return Offered(UUID(int=number), name or f"Package {number}", tuple(items))


def quality(*packages: Offered, **changes: Any) -> Quality:
    known: dict[str, Any] = {
        "facts": FACTS,
        "items": 5,
        "clusters": [["a", "b", "c"], ["c", "d"]],
        "packages": packages,
        "vectors": np.array([EAST, EAST, NORTH, NORTH], np.float32),
        "answering": Answering(deals=8, named_ids=10, invented_ids=1, forgotten_ids=2),
        "usd": 0.5,
    }
    return measure(Measured(**{**known, **changes}))


def test_shares_are_of_what_their_names_say() -> None:
    found = quality(offered(1, "abc"), offered(2, "ab"))

    assert found.coverage == 0.6
    assert found.cluster_overlap == 0.25
    assert found.package_overlap == pytest.approx(2 / 3)
    assert (found.invented_ids, found.forgotten_ids) == (0.1, 0.25)
    assert (found.packages_per_cluster, found.usd_per_package) == (1, 0.25)
    assert found.cluster_sizes is not None
    assert (found.cluster_sizes.lowest, found.cluster_sizes.mean, found.cluster_sizes.highest) == (2, 2.5, 3)


def test_members_are_compared_with_each_other_and_with_chance() -> None:
    alike, mixed = quality(offered(1, "ab"), offered(2, "cd")), quality(offered(1, "ac"))

    assert (alike.similarity, mixed.similarity) == (1, 0)
    assert alike.random_similarity == quality(offered(1, "ab"), offered(2, "cd")).random_similarity
    assert quality(offered(1, "ab"), vectors=None).similarity is None


def test_purity_and_spreads_look_at_the_members_of_each_package() -> None:
    found = quality(offered(1, "abc"), offered(2, "bd"))

    assert found.tier1_purity == 0.75
    assert found.safety_spread == 2.5
    assert found.floor_spread == 4


def test_near_duplicates_are_told_by_members_and_equal_names_by_names() -> None:
    found = quality(offered(1, "abcd", "One"), offered(2, "abcd", "Two"), offered(3, "ab", "two"))

    assert (found.near_duplicates, found.equal_names) == (1, 2)


def test_of_nothing_nothing_is_said() -> None:
    found = quality(clusters=[], answering=None, usd=None)

    assert found.coverage == 0
    silent = found.model_dump(exclude={"coverage"})
    assert {name for name, value in silent.items() if value is not None} == set()


def test_facts_are_read_from_the_bodies_of_deals() -> None:
    some = [
        deal(1, commercial={"floor_price": 2, "currency": "XAU"}, safety={"garm_risk_rating": "Floor"}),
        deal(2, taxonomy={}),
    ]

    found = dict(facts_of(lines(some), load_rates()))

    assert found["bidswitch.com/1"] == Facts("Automotive", 4, None)
    assert found["bidswitch.com/2"] == Facts(None, 0, 5.5)
