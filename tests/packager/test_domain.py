"""What a cluster becomes, whatever the model says."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import InvalidEvent, derived_id
from contracts.event import MAX_EVENT_BYTES
from contracts.settings import LlmSettings, PackingSettings
from packager.domain import (
    MAX_PACKAGES,
    Exclusion,
    Packing,
    Plan,
    Proposal,
    code_of,
    complaints,
    enriched,
    in_step,
    proposed,
    shown,
    told,
)
from tests.packager.settling import settle
from tests.samples import cluster, deal, deals, ids

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine is shared

CLUSTER_ID = derived_id("cluster", "one")
DEALS = deals(8)
IDS = ids(DEALS)


def proposal(*item_ids: str, name: str = "Auto Intenders") -> Proposal:
    return Proposal(name, item_ids, "They are about cars.")


def settled(plan: Plan, *, min_deals: int = 3) -> Packing:
    return settle(CLUSTER_ID, DEALS, plan, PackingSettings(min_deals=min_deals, near_duplicate_share=1))


def reasons(packing: Packing) -> dict[str, str]:
    return {each.item_id: each.code for each in packing.excluded.exclusions} if packing.excluded else {}


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    members = st.lists(st.sampled_from(IDS), max_size=10).map(tuple)
    proposals = st.builds(Proposal, st.text(max_size=300), members, st.text(max_size=50))
    exclusions = st.builds(Exclusion, st.sampled_from(IDS), st.text(max_size=80), st.text(max_size=600))
    return Plan(
        tuple(draw(st.lists(proposals, max_size=6))), tuple(draw(st.lists(exclusions, max_size=10))), "m"
    )


@patient
@given(plan=plans(), min_deals=st.integers(1, 8))
def test_every_deal_is_placed_or_excluded_and_never_both(plan: Plan, min_deals: int) -> None:
    packing = settled(plan, min_deals=min_deals)

    placed = [item for package in packing.packages for item in package.item_ids]
    excluded = [each.item_id for each in packing.excluded.exclusions] if packing.excluded else []
    assert sorted({*placed, *excluded}) == sorted(IDS)
    assert not {*placed} & {*excluded}
    assert len(excluded) == len({*excluded})


@patient
@given(plan=plans(), min_deals=st.integers(1, 8))
def test_every_package_has_enough_members_of_the_cluster_each_once(plan: Plan, min_deals: int) -> None:
    packages = settled(plan, min_deals=min_deals).packages

    for package in packages:
        assert len(package.item_ids) == len({*package.item_ids}) >= min_deals
        assert {*package.item_ids} <= {*IDS}
    assert len({package.item_ids for package in packages}) == len(packages)
    assert len({package.package_id for package in packages}) == len(packages)


@patient
@given(plan=plans(), min_deals=st.integers(1, 8))
def test_the_order_of_the_deals_changes_nothing(plan: Plan, min_deals: int) -> None:
    settings = PackingSettings(min_deals=min_deals, near_duplicate_share=1)

    assert settle(CLUSTER_ID, DEALS[::-1], plan, settings) == settled(plan, min_deals=min_deals)


@patient
@given(plan=plans())
def test_whatever_is_decided_can_travel(plan: Plan) -> None:
    named = Plan(tuple(Proposal("A name", p.item_ids, p.reasoning) for p in plan.proposals), plan.exclusions)
    for event in proposed(cluster(DEALS), settled(named)):
        assert len(event.canonical()) <= MAX_EVENT_BYTES


def test_a_package_that_is_too_small_falls_to_the_excluded() -> None:
    packing = settled(Plan((proposal(*IDS[:2]), proposal(*IDS[2:])), ()))

    assert [package.item_ids for package in packing.packages] == [IDS[2:]]
    assert reasons(packing) == {IDS[0]: "too_few_deals", IDS[1]: "too_few_deals"}


def test_a_forgotten_deal_is_excluded_as_not_proposed() -> None:
    assert reasons(settled(Plan((proposal(*IDS[1:]),), ()))) == {IDS[0]: "not_proposed"}


def test_a_deal_that_is_both_placed_and_excluded_is_placed() -> None:
    packing = settled(Plan((proposal(*IDS),), (Exclusion(IDS[0], "off_topic", "It is about boats."),)))

    assert packing.excluded is None


def test_the_reason_that_the_model_gives_is_kept() -> None:
    packing = settled(Plan((proposal(*IDS[1:]),), (Exclusion(IDS[0], "Safety Mismatch", "Rated Floor."),)))

    assert packing.excluded is not None
    assert packing.excluded.exclusions == (Exclusion(IDS[0], "safety_mismatch", "Rated Floor."),)


def test_a_deal_may_be_in_several_packages() -> None:
    packing = settled(Plan((proposal(*IDS[:5]), proposal(*IDS[3:])), ()))

    assert len(packing.packages) == 2
    assert packing.excluded is None


def test_packages_with_equal_members_are_one() -> None:
    packing = settled(Plan((proposal(*IDS, name="First"), proposal(*IDS[::-1], name="Second")), ()))

    assert [package.name for package in packing.packages] == ["First"]


def test_nothing_proposed_means_that_all_are_excluded() -> None:
    packing = settled(Plan((), ()))

    assert packing.packages == ()
    assert set(reasons(packing).values()) == {"not_proposed"}


def test_a_package_is_named_by_its_members_their_versions_and_the_rules_alone() -> None:
    [first] = settled(Plan((proposal(*IDS, name="One"),), ())).packages
    sampled = PackingSettings(near_duplicate_share=1, llm=LlmSettings(fresh=3, temperature=1))
    [other_words] = settle(
        derived_id("another"), DEALS, Plan((proposal(*IDS, name="Two"),), (), "x"), sampled
    ).packages
    changed = [deal(1, deal_name="Renamed"), *DEALS[1:]]
    plan = Plan((proposal(*IDS),), ())
    [new_version] = settle(CLUSTER_ID, changed, plan, PackingSettings(near_duplicate_share=1)).packages
    [other_settings] = settled(plan, min_deals=2).packages

    assert first.package_id == other_words.package_id
    assert len({first.package_id, new_version.package_id, other_settings.package_id}) == 3


def test_the_id_of_a_package_stays_what_it_is() -> None:
    """A change here renames every package there is: it has to be meant."""
    [package] = settle(CLUSTER_ID, DEALS, Plan((proposal(*IDS),), ()), PackingSettings()).packages

    assert str(package.package_id) == "55118a61-2233-5425-ba42-6dd4ec02c50d"


def test_excluded_packages_of_two_clusters_differ() -> None:
    one, two = (settle(derived_id(name), DEALS, Plan((), ())).excluded for name in "ab")

    assert one is not None
    assert two is not None
    assert one.package_id != two.package_id


def test_a_plan_with_foreign_deals_is_never_settled() -> None:
    with pytest.raises(ValueError, match="invented"):
        settled(Plan((proposal("invented.example/0", *IDS),), ()))


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        pytest.param(Plan((proposal("invented.example/0"),), ()), "not given: invented", id="invented id"),
        pytest.param(Plan((proposal(IDS[0], IDS[0]),), ()), f"more than once: {IDS[0]}", id="repeated id"),
        pytest.param(Plan((proposal(*IDS, name=" "),), ()), "no package_name", id="no name"),
        pytest.param(
            Plan((), (Exclusion("x/1", "c", ""),)),
            "excluded names deals that were not given: x/1",
            id="excluded",
        ),
        pytest.param(Plan((proposal(),) * (MAX_PACKAGES + 1), ()), "at most", id="too many packages"),
    ],
)
def test_a_plan_is_complained_about(plan: Plan, words: str) -> None:
    [complaint] = complaints(plan, IDS)

    assert words in complaint


@patient
@given(plan=plans())
def test_there_is_no_complaint_about_what_settling_mends(plan: Plan) -> None:
    fine = Plan(
        tuple(Proposal("A name", tuple(dict.fromkeys(p.item_ids)), "") for p in plan.proposals),
        plan.exclusions,
    )

    assert complaints(fine, IDS) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Safety Mismatch", "safety_mismatch"),
        ("off-topic!", "off_topic"),
        ("2nd choice", "nd_choice"),
        ("", "excluded"),
        ("??", "excluded"),
        ("x" * 100, "x" * 64),
    ],
)
def test_any_words_become_a_code(text: str, code: str) -> None:
    assert code_of(text) == code


def test_many_long_reasons_are_shortened_to_fit_one_event() -> None:
    many = [Exclusion(f"exchange.example/{number}", "off_topic", "w" * 500) for number in range(200)]

    assert {len(each.words) for each in told(many)} == {50}
    assert {len(each.words) for each in told(many[:3])} == {500}


def test_bodies_that_are_not_those_of_the_event_are_refused() -> None:
    with pytest.raises(InvalidEvent, match="bodies"):
        in_step(DEALS, IDS[:-1])


def test_the_model_is_shown_what_matters_and_no_deal_crowds_out_the_others() -> None:
    loud = deal(1, concepts=["x" * 1990 + str(number) for number in range(500)], format="ctv")

    told_model = shown(loud)

    assert told_model["deal_id"] == "bidswitch.com/1"
    assert told_model["format"] == "ctv"
    assert told_model["safety"] == {"garm_risk_rating": "Low", "family_safe": True}
    assert len(str(told_model)) < 10_000


def test_an_unknown_rating_is_shown_as_unknown() -> None:
    assert shown(deal(1, safety={}))["safety"] == {"garm_risk_rating": "Unknown", "family_safe": None}


def test_the_second_version_also_shows_what_the_rules_are_about() -> None:
    shows = enriched(deal(1, terms={"countries": ["US", "DE"], "wseat": ["s1"], "startdate": "2026-03-01"}))

    assert (shows["countries"], shows["seats"], shows["blocked_seats"]) == (["DEU", "USA"], ["s1"], [])
    assert (shows["media_types"], shows["starts"], shows["ends"]) == (
        ["video"],
        "2026-03-01T00:00:00+00:00",
        None,
    )
