"""Deals as candidates, packages as clusters."""

import random
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.deal import Deal
from contracts.errors import InvalidEvent
from ranking.candidate import Collection, Vectors
from ranking.deals import Package, candidate_of, collection_of_packages
from tests.samples import deal, deals

DEALS = deals(9)
IDS = tuple(each.item_id for each in DEALS)
CLUSTERS = {"c-1": IDS[:5], "c-2": IDS[4:]}
HOMES = dict.fromkeys(IDS[:5], "c-1") | dict.fromkeys(IDS[5:], "c-2")
PACKAGES = (
    Package("p-2", "c-2", "Late", IDS[6:]),
    Package("p-1", "c-1", "Early", (IDS[1], IDS[0])),
)


def vectors_of(found: Sequence[Deal]) -> Vectors:
    return np.array([[float(each.id), 1.0] for each in found], np.float32)


def made(
    found: Sequence[Deal] = DEALS,
    packages: Sequence[Package] = PACKAGES,
    clusters: Mapping[str, tuple[str, ...]] = CLUSTERS,
) -> Collection:
    return collection_of_packages(
        found, packages, clusters=clusters, homes=HOMES, vectors=vectors_of(found), model="words-1024"
    )


def test_a_candidate_says_what_a_buyer_could_look_for() -> None:
    made_of = candidate_of(deal(7, countries=["US", "DE"], desc="Engines and more."))

    assert made_of.text == (
        "Auto deal 7. Engines and more. Topic: Automotive > Auto Body Styles. Concepts: auto, luxury."
        " Format: video. Audience: Auto Intenders. Safety: low risk, family safe. Quality: Premium."
        " Volume: High. Exchange: BidSwitch. Publishers: Paramount. Countries: DEU, USA"
    )
    assert (made_of.sectors, made_of.regions) == (("Automotive",), ("DEU", "USA"))
    assert made_of.snippet == "Engines and more. auto, luxury"
    assert made_of.attributes == (
        "tier2: Auto Body Styles",
        "format: video",
        "safety: low risk",
        "safety: family safe",
        "quality: Premium",
        "volume: High",
        "audience: Auto Intenders",
        "exchange: BidSwitch",
    )


def test_what_is_not_known_of_a_deal_is_not_said() -> None:
    bare = candidate_of(Deal(origin="openx.com", id="1", name="Bare", ssp_name="OpenX", assumed=()))

    assert bare.text == "Bare. Exchange: OpenX"
    assert bare.attributes == ("exchange: OpenX",)
    assert (bare.sectors, bare.regions, bare.snippet) == ((), (), "")


def test_buyers_and_prices_are_no_part_of_a_candidate() -> None:
    private = candidate_of(deal(1, wseat=["seat-agency"], dealfloor=7.77))

    assert "seat-agency" not in str(private)
    assert "7.77" not in str(private)


def test_a_package_is_a_cluster_and_the_rest_of_its_home_is_around_it() -> None:
    there = made()

    assert [each.cluster_id for each in there.clusters] == ["p-1", "p-2"]
    assert there.clusters[0].core == IDS[:2]
    assert there.clusters[0].around == IDS[2:5]
    assert (there.clusters[0].home, there.clusters[0].name) == ("c-1", "Early")
    assert there.homes == HOMES


def test_vectors_go_with_their_deals() -> None:
    there = made(DEALS[::-1])

    assert [each.candidate_id for each in there.candidates] == list(IDS)
    assert there.vectors[:, 0].tolist() == [float(each.id) for each in DEALS]


@given(seed=st.integers())
def test_the_order_of_deals_and_packages_changes_nothing(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - an order, no secret
    clusters = {home: tuple(dice.sample(ids, len(ids))) for home, ids in CLUSTERS.items()}

    there = made(dice.sample(DEALS, len(DEALS)), dice.sample(PACKAGES, len(PACKAGES)), clusters)

    assert (there.candidates, there.clusters) == (made().candidates, made().clusters)
    assert np.array_equal(there.vectors, made().vectors)


def test_a_package_without_deals_is_left_out_and_missing_deals_are_not_named() -> None:
    there = made(DEALS[:5], [*PACKAGES, Package("p-3", "c-9", "Elsewhere", (IDS[2], "gone.example/1"))])

    assert [each.cluster_id for each in there.clusters] == ["p-1", "p-3"]
    assert (there.clusters[1].core, there.clusters[1].around) == ((IDS[2],), ())
    assert set(there.homes) == set(IDS[:5])


@pytest.mark.parametrize(
    ("found", "vectors"),
    [
        pytest.param([*DEALS, DEALS[0]], vectors_of([*DEALS, DEALS[0]]), id="a deal twice"),
        pytest.param(DEALS, vectors_of(DEALS[1:]), id="a vector too few"),
    ],
)
def test_deals_and_vectors_that_do_not_fit_are_refused(found: Sequence[Deal], vectors: Vectors) -> None:
    with pytest.raises(InvalidEvent, match="give each deal once and its vector"):
        collection_of_packages(found, PACKAGES, clusters=CLUSTERS, homes=HOMES, vectors=vectors, model="m")
