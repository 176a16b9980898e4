"""Every item of a run ends in exactly one state."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import derived_id
from contracts.clusters import Clustering
from contracts.deals import Snapshot
from contracts.packages import FailedCluster, FailedPackage, Outcome, PackageEntry, Packaging
from contracts.runs import Counts, RunStatus
from contracts.unplaced import Unplaced
from enricher.domain import Facts, Proposed, RunManifests, account, counted, status_of, summary
from tests.samples import NOWHERE

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine is shared

ITEMS = tuple(f"exchange.example/{number}" for number in range(12))
FOREIGN = "elsewhere.example/1"


def unplaced(item: str, code: str = "off_topic") -> Unplaced:
    return Unplaced(item_id=item, code=code)


def package_id(number: int) -> UUID:
    return derived_id("package", number)


def failure(number: int, code: str = "bad_answer") -> FailedPackage:
    return FailedPackage(package_id=package_id(number), code=code)


def manifests(
    frozen: Sequence[str] = ITEMS,
    *,
    not_there: Sequence[Unplaced] = (),
    withdrawn: Sequence[Unplaced] = (),
    not_clustered: Sequence[Unplaced] = (),
    too_few: Sequence[Unplaced] = (),
    failed_clusters: Sequence[FailedCluster] = (),
    packages: Sequence[PackageEntry] = (),
) -> RunManifests:
    return RunManifests(
        reference=NOWHERE,
        packaging=Packaging(
            clustering=NOWHERE, packages=tuple(packages), failed_clusters=tuple(failed_clusters)
        ),
        clustering=Clustering(
            snapshot=NOWHERE,
            failed=(*not_there, *not_clustered),
            excluded=(*withdrawn, *too_few),
        ),
        snapshot=Snapshot(
            items=len(frozen), shards=(), model="hash-256", failed=tuple(not_there), excluded=tuple(withdrawn)
        ),
        facts=dict.fromkeys(frozen, Facts(None, 0, None)),
    )


def failed_cluster(*items: str, code: str = "cancelled") -> FailedCluster:
    return FailedCluster(cluster_id=derived_id("cluster", *items), deal_ids=items, code=code)


def states(outcome: Outcome) -> dict[str, str]:
    return {
        **dict.fromkeys(outcome.placed, "placed"),
        **{each.item_id: f"failed {each.code}" for each in outcome.failed},
        **{each.item_id: f"excluded {each.code}" for each in outcome.excluded},
    }


some_items = st.lists(st.sampled_from((*ITEMS, FOREIGN)), max_size=6).map(tuple)
some_unplaced = st.lists(st.builds(unplaced, st.sampled_from(ITEMS), st.sampled_from(["a", "b"])), max_size=4)


@st.composite
def proposals(draw: st.DrawFn) -> list[Proposed]:
    return [
        Proposed(
            package_id(number),
            draw(some_items),
            tuple(draw(some_unplaced)),
            draw(st.sampled_from([None, failure(number)])),
        )
        for number in range(draw(st.integers(0, 5)))
    ]


@st.composite
def runs(draw: st.DrawFn) -> RunManifests:
    return manifests(
        draw(some_items),
        not_there=draw(some_unplaced),
        withdrawn=draw(some_unplaced),
        not_clustered=draw(some_unplaced),
        too_few=draw(some_unplaced),
        failed_clusters=[failed_cluster(*draw(some_items)) for _ in range(draw(st.integers(0, 2)))],
    )


@patient
@given(run=runs(), proposed=proposals())
def test_every_item_is_in_exactly_one_state_and_nothing_else_is(
    run: RunManifests, proposed: list[Proposed]
) -> None:
    outcome = account(run, proposed)

    told = [
        *outcome.placed,
        *(each.item_id for each in outcome.failed),
        *(each.item_id for each in outcome.excluded),
    ]
    assert sorted(told) == sorted(run.items)


@patient
@given(run=runs(), proposed=proposals())
def test_placed_comes_before_failed_and_failed_before_excluded(
    run: RunManifests, proposed: list[Proposed]
) -> None:
    found = states(account(run, proposed))
    placed = {item for each in proposed if each.failure is None for item in each.item_ids}
    failed = {item for each in proposed if each.failure is not None for item in each.item_ids}
    failed |= {item for each in run.packaging.failed_clusters for item in each.deal_ids}
    failed |= {each.item_id for each in (*run.clustering.failed, *run.snapshot.failed)}

    for item in run.items:
        assert (found[item] == "placed") == (item in placed)
        if item in failed - placed:
            assert found[item].startswith("failed")


@patient
@given(run=runs(), proposed=proposals(), shuffled=st.randoms())
def test_the_order_of_the_packages_changes_no_byte(
    run: RunManifests, proposed: list[Proposed], shuffled: object
) -> None:
    other = proposed.copy()
    shuffled.shuffle(other)  # type: ignore[attr-defined]

    assert account(run, other).canonical() == account(run, proposed).canonical()


@patient
@given(run=runs(), proposed=proposals())
def test_the_counts_are_those_of_the_outcome(run: RunManifests, proposed: list[Proposed]) -> None:
    outcome = account(run, proposed)
    counts = counted(outcome, run)

    assert counts.placed + counts.failed + counts.excluded == len(run.items)
    assert counts.failed_packages == len([each for each in proposed if each.failure])


def test_each_item_says_what_became_of_it() -> None:
    a, b, c, d, e, f, g, h = ITEMS[:8]
    run = manifests(
        (a, b, c, d, e, f),
        not_there=[unplaced(g, "not_published")],
        withdrawn=[unplaced(h, "withdrawn")],
        too_few=[unplaced(c, "too_few")],
        failed_clusters=[failed_cluster(d)],
    )
    outcome = account(
        run,
        [
            Proposed(package_id(1), (a,)),
            Proposed(package_id(2), (a, b), failure=failure(2)),
            Proposed(package_id(3), exclusions=(unplaced(e),)),
        ],
    )

    assert states(outcome) == {
        a: "placed",
        b: "failed bad_answer",
        c: "excluded too_few",
        d: "failed cancelled",
        e: "excluded off_topic",
        f: "failed unaccounted",
        g: "failed not_published",
        h: "excluded withdrawn",
    }
    assert outcome.failed_packages == (failure(2),)


def test_a_deal_that_was_never_frozen_is_not_placed() -> None:
    assert account(manifests(()), [Proposed(package_id(1), (FOREIGN,))]).placed == ()


@pytest.mark.parametrize(
    ("counts", "cancelled", "status"),
    [
        pytest.param(Counts(placed=3), False, "completed", id="all placed"),
        pytest.param(Counts(), False, "completed", id="nothing asked for"),
        pytest.param(Counts(excluded=3), False, "completed", id="all excluded"),
        pytest.param(
            Counts(placed=3, excluded=1, failed=1), False, "completed_with_failures", id="some failed"
        ),
        pytest.param(
            Counts(placed=3, failed_packages=1), False, "completed_with_failures", id="a package failed"
        ),
        pytest.param(
            Counts(placed=3, failed_clusters=1), False, "completed_with_failures", id="a cluster failed"
        ),
        pytest.param(Counts(failed=3, excluded=9), False, "failed", id="none placed, some failed"),
        pytest.param(Counts(placed=3, failed=1), True, "cancelled", id="cancelled"),
    ],
)
def test_how_a_run_ended(counts: Counts, cancelled: bool, status: RunStatus) -> None:  # noqa: FBT001 - a case
    assert status_of(counts, cancelled=cancelled) == status


def test_the_summary_names_the_most_frequent_reason_first() -> None:
    failed = [unplaced("a/1", "cancelled"), unplaced("a/2", "bad_answer"), unplaced("a/3", "bad_answer")]

    assert (
        summary(Outcome(packaging=NOWHERE, failed=tuple(failed)))
        == "2 failed: bad_answer, 1 failed: cancelled"
    )
