"""Packages that are nearly the same, and packages that only have the same name."""

from collections.abc import Sequence

from contracts import derived_id
from contracts.deal import Deal
from contracts.settings import PackingSettings
from packager.domain import Plan, Proposal, wishes
from tests.packager.settling import reasons, settle, yardstick
from tests.samples import deals, ids

CLUSTER_ID = derived_id("cluster", "one")


def proposal(found: Sequence[Deal], name: str) -> Proposal:
    return Proposal(name, ids(found), "They are about cars.")


def test_of_two_that_are_nearly_the_same_the_larger_stays() -> None:
    found = deals(8)
    plan = Plan(
        (
            proposal(found[1:6], "Smaller"),
            proposal(found[2:6] + found[7:], "Near"),
            proposal(found[:6], "Larger"),
        ),
        (),
    )

    packing = settle(CLUSTER_ID, found, plan, PackingSettings(near_duplicate_share=0.5))

    assert [package.name for package in packing.packages] == ["Larger"]
    assert reasons(packing) == {ids(found)[6]: "not_proposed", ids(found)[7]: "near_duplicate"}


def test_of_two_equally_large_ones_that_of_the_smaller_id_stays_whatever_their_order() -> None:
    found = deals(6)
    one, other = proposal(found[:5], "One"), proposal(found[1:], "Other")

    settings = PackingSettings(near_duplicate_share=0.6)
    first = settle(CLUSTER_ID, found, Plan((one, other), ()), settings)
    second = settle(CLUSTER_ID, found, Plan((other, one), ()), settings)

    assert len(first.packages) == 1
    assert first == second


def test_different_packages_with_one_name_stay_and_are_told_apart() -> None:
    found = deals(9)
    plan = Plan(
        (proposal(found[:3], "Auto"), proposal(found[3:6], "auto "), proposal(found[6:], "Auto (2)")), ()
    )

    packing = settle(CLUSTER_ID, found, plan)

    assert sorted(package.name for package in packing.packages) == ["Auto", "Auto (2) (2)", "auto (2)"]


def test_a_long_name_keeps_its_number() -> None:
    found = deals(6)
    plan = Plan((proposal(found[:3], "A" * 200), proposal(found[3:], "A" * 200)), ())

    longest = max(package.name for package in settle(CLUSTER_ID, found, plan).packages)

    assert len(longest) <= 200
    assert any(package.name.endswith(" (2)") for package in settle(CLUSTER_ID, found, plan).packages)


def test_near_duplicates_and_small_packages_are_wished_away() -> None:
    found = deals(6)
    plan = Plan((proposal(found, "All"), proposal(found[:5], "Most"), proposal(found[:2], "Two")), ())

    assert wishes(plan, found, yardstick()) == [
        "package 'Two' names 2 deals; a package holds at least 3",
        "packages 'All' and 'Most' have 83% of their deals in common: propose one of them",
    ]
