"""What events say about their runs."""

from contracts.deals import ItemsFrozen, PackagesRequested
from contracts.packages import PackageEnriched, PackagingClosed
from contracts.runs import Counts, EventBuried, RunCommanded, RunFinished
from contracts.settings import PackageSettings
from ledger.domain import FOLLOWED, Milestone, entry_of, milestone_of
from tests.samples import NOWHERE, RUN_ID, cluster, deals, package

NOON = 1_772_366_400_000


def test_a_request_says_when_and_with_which_settings() -> None:
    request = PackagesRequested(run_id=RUN_ID, budget_usd=2)

    assert milestone_of(request, NOON) == Milestone(
        kind="packages", requested_ms=NOON, settings=PackageSettings(), budget_usd=2
    )


def test_a_retry_is_a_request_of_its_revision_and_other_commands_are_none() -> None:
    assert milestone_of(RunCommanded(run_id=RUN_ID, revision=2, command="retry"), NOON) == Milestone(
        requested_ms=NOON
    )
    assert milestone_of(RunCommanded(run_id=RUN_ID, command="pause"), NOON) is None


def test_all_items_that_were_asked_for_count() -> None:
    frozen = ItemsFrozen(run_id=RUN_ID, snapshot=NOWHERE, items=10, failed=2, excluded=1)

    found = milestone_of(frozen, NOON)

    assert found is not None
    assert (found.items, found.frozen_ms) == (13, NOON)


def test_both_kinds_of_packages_are_expected() -> None:
    closed = PackagingClosed(run_id=RUN_ID, packaging=NOWHERE, packages=5, excluded_packages=2)

    found = milestone_of(closed, NOON)

    assert found is not None
    assert found.packages == 7


def test_the_end_says_how_it_ended() -> None:
    finished = RunFinished(run_id=RUN_ID, kind="packages", status="completed", counts=Counts(placed=3))

    found = milestone_of(finished, NOON)

    assert found is not None
    assert (found.status, found.counts, found.finished_ms) == ("completed", Counts(placed=3), NOON)


def test_one_cluster_or_package_changes_nothing_about_the_run_as_a_whole() -> None:
    for event in (cluster(deals(3)), package(deals(3))):
        assert milestone_of(event, NOON) is None


def test_a_package_is_logged_with_its_cluster() -> None:
    event = package(deals(3))

    entry = entry_of(event, event.event_id, NOON)

    assert (entry.entity, entry.cluster_id) == (str(event.package_id), event.cluster_id)
    assert (entry.run_id, entry.revision, entry.seen_ms) == (RUN_ID, 1, NOON)


def test_a_dead_letter_belongs_to_no_run() -> None:
    buried = EventBuried(letter_id="a", stage="packager", code="json", words="", place="inbox")

    entry = entry_of(buried, buried.event_id, NOON)

    assert (entry.run_id, entry.revision, entry.entity) == ("", 0, "a")


def test_other_content_has_another_sha256() -> None:
    one, other = package(deals(3)), package(deals(3), name="Another name")

    assert entry_of(one, one.event_id, NOON).sha256 != entry_of(other, one.event_id, NOON).sha256


def test_the_buyer_ready_packages_are_followed() -> None:
    assert PackageEnriched in FOLLOWED
