"""A package that several clusters could propose is a package of one, whoever is asked first."""

from collections import Counter
from collections.abc import Mapping
from itertools import permutations
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import derived_id
from contracts.clusters import SharedDeal
from contracts.deal import Deal
from packager.domain import Neighbourhood, Packing, Plan, Proposal
from tests.packager.settling import reasons, settle
from tests.samples import deals, ids

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine is shared

DEALS = deals(9)
BY_ID = {deal.item_id: deal for deal in DEALS}
CLUSTERS = [derived_id("cluster", number) for number in range(4)]

Clustering = Mapping[UUID, tuple[str, ...]]


@st.composite
def clusterings(draw: st.DrawFn) -> tuple[Clustering, Mapping[str, UUID]]:
    """Each deal in one to four clusters, one of them its home."""
    holders = {
        item: draw(st.lists(st.sampled_from(CLUSTERS), min_size=1, unique=True)) for item in ids(DEALS)
    }
    members = {
        cluster: tuple(item for item in ids(DEALS) if cluster in holders[item]) for cluster in CLUSTERS
    }
    return {each: found for each, found in members.items() if found}, {
        item: draw(st.sampled_from(found)) for item, found in holders.items()
    }


def neighbourhood(clustering: Clustering, homes: Mapping[str, UUID], cluster: UUID) -> Neighbourhood:
    shared = {}
    for item in clustering[cluster]:
        others = tuple(
            sorted(each for each, found in clustering.items() if item in found and each != cluster)
        )
        if others:
            shared[item] = SharedDeal(item_id=item, home=homes[item], others=others)
    return Neighbourhood(cluster, shared)


@st.composite
def runs(draw: st.DrawFn) -> dict[UUID, Packing]:
    """All clusters of an overlapping clustering, each with a plan that favours packages of shared deals."""
    clustering, homes = draw(clusterings())
    favourites = draw(st.lists(st.lists(st.sampled_from(ids(DEALS)), min_size=3, unique=True), max_size=4))
    packed = {}
    for cluster, members in clustering.items():
        found: list[Deal] = [BY_ID[item] for item in members]
        proposals = tuple(
            Proposal("Shared", tuple(item for item in favourite if item in members), "")
            for favourite in favourites
        )
        near = neighbourhood(clustering, homes, cluster)
        packed[cluster] = settle(cluster, found, Plan(proposals, ()), shared=near.shared)
    return packed


@patient
@given(packed=runs())
def test_no_package_is_in_two_clusters_of_a_run(packed: dict[UUID, Packing]) -> None:
    times = Counter(each.package_id for packing in packed.values() for each in packing.packages)

    assert set(times.values()) <= {1}


@patient
@given(drawn=clusterings(), members=st.lists(st.sampled_from(ids(DEALS)), min_size=1, unique=True))
def test_all_clusters_that_hold_a_package_name_the_same_owner_among_them(
    drawn: tuple[Clustering, Mapping[str, UUID]], members: list[str]
) -> None:
    clustering, homes = drawn
    holders = [each for each, found in clustering.items() if set(members) <= set(found)]

    owners = {neighbourhood(clustering, homes, each).owner(members) for each in holders}

    assert len(owners) == min(1, len(holders))
    assert owners <= set(holders)
    for cluster in holders:
        assert neighbourhood(clustering, homes, cluster).holders(members) == set(holders) - {cluster}


def test_the_home_of_most_members_owns_and_of_equal_ones_the_smallest_id() -> None:
    one, two, three = sorted(CLUSTERS[:3])
    clustering = dict.fromkeys((one, two, three), ids(DEALS))
    for homes, owner in (((two, two, one), two), ((three, two, one), one), ((three, three, three), three)):
        for order in permutations(ids(DEALS)[:3]):
            home_of = dict(zip(ids(DEALS), (*homes, *[one] * 6), strict=True))
            assert neighbourhood(clustering, home_of, two).owner(order) == owner


def test_what_an_earlier_revision_gave_to_a_cluster_that_still_holds_it_stays_there() -> None:
    mine, other = CLUSTERS[:2]
    found = DEALS[:5]
    shared = {item: SharedDeal(item_id=item, home=mine, others=(other,)) for item in ids(found[:3])}
    plan = Plan((Proposal("Three", ids(found[:3]), ""), Proposal("All", ids(found), "")), ())
    fresh = settle(mine, found, plan, shared=shared)
    three = next(each.package_id for each in fresh.packages if each.name == "Three")

    there = settle(mine, found, plan, shared=shared, known={three: frozenset([other])})
    gone = settle(mine, found, plan, shared=shared, known={three: frozenset([CLUSTERS[3]])})

    assert [each.name for each in there.packages] == ["All"]
    assert {each.name: each.kept for each in gone.packages} == {"Three": True, "All": False}
    assert reasons(there) == reasons(gone) == {}


def test_a_package_that_another_cluster_holds_and_is_home_to_is_left_to_it() -> None:
    found = deals(5)
    other = CLUSTERS[1]
    shared = {item: SharedDeal(item_id=item, home=other, others=(other,)) for item in ids(found[:4])}

    packing = settle(CLUSTERS[0], found, Plan((Proposal("Four", ids(found[:4]), ""),), ()), shared=shared)

    assert packing.packages == ()
    codes = dict.fromkeys(ids(found[:4]), "shared_elsewhere") | {ids(found)[4]: "not_proposed"}
    assert reasons(packing) == codes
