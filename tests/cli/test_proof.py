"""Each check finds what it is there for, and nothing in a sound run."""

from dataclasses import replace

import pytest

from cli.domain.evidence import (
    ClusterRows,
    DeadLetter,
    Evidence,
    FailedMember,
    Interaction,
    OpenWork,
    PackageRow,
    SeenEvent,
    StoredFile,
)
from cli.domain.proof import CHECKS, looked_at, open_ends, prove
from contracts.clusters import ClusterEntry
from contracts.packages import FailedPackage, PackageEntry
from contracts.runs import Counts
from contracts.unplaced import Unplaced
from tests.cli.runs import (
    AT,
    CLUSTER,
    CLUSTERING,
    FILE,
    GONE,
    ITEMS,
    OUTCOME,
    PACKAGE,
    PACKAGING,
    PLACED,
    SNAPSHOT,
    sound_run,
)
from tests.cli.tampering import CASES, CLUSTER_ID, STRANGER, Change, outcome, packaging


def test_a_sound_run_is_proven() -> None:
    assert [checked for checked in prove(sound_run()) if checked.findings] == []


@pytest.mark.parametrize(
    ("check", "words", "change"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
def test_what_was_tampered_with_is_found(check: str, words: str, change: Change) -> None:
    findings = {checked.check: checked.findings for checked in prove(change(sound_run()))}
    assert any(words in finding for finding in findings[check]), findings


def test_every_check_has_a_case() -> None:
    assert {check.__name__ for check in CHECKS} == {case[1] for case in CASES}


def test_an_item_in_a_failed_package_is_failed() -> None:
    failed = tuple(Unplaced(item_id=item, code="bad_answer") for item in PLACED)
    run = replace(
        outcome(
            sound_run(),
            placed=(),
            failed=(*failed, *OUTCOME.failed),
            failed_packages=(FailedPackage(package_id=PACKAGE, code="bad_answer"),),
        ),
        enriched={},
    )
    findings = {checked.check: checked.findings for checked in prove(run)}
    assert findings["each_item_is_in_one_state_and_the_outcome_agrees"] == ()
    assert findings["every_package_was_enriched_skipped_or_failed"] == ()


def test_a_dead_letter_whose_work_failed_is_accounted_for() -> None:
    run = replace(
        sound_run(),
        letters=(DeadLetter("packager", "letter-1", "crashes", "5 attempts crashed"),),
        failed_members=(FailedMember("packager", CLUSTER_ID, "crashes"),),
    )
    findings = {checked.check: checked.findings for checked in prove(run)}
    assert findings["every_dead_letter_is_accounted_for"] == ()


def test_what_an_earlier_revision_left_behind_is_no_fault() -> None:
    run = sound_run()
    old = PackageRow(STRANGER, STRANGER, 1, "package", PLACED, frozenset(PLACED))
    again = replace(
        run,
        revision=2,
        clusters={**run.clusters, STRANGER: ClusterRows(STRANGER, 1, 3, frozenset(PLACED))},
        packages={**run.packages, (STRANGER, 1): old},
    )
    assert [checked for checked in prove(again) if checked.findings] == []


def test_a_package_that_two_revisions_proposed_counts_as_the_manifest_says() -> None:
    run = sound_run()
    entries = tuple(entry.model_copy(update={"revision": 2}) for entry in PACKAGING.packages)
    second = {(package_id, 2): replace(row, revision=2) for (package_id, _), row in run.packages.items()}
    again = replace(
        packaging(run, packages=entries),
        revision=2,
        packages={**run.packages, **second},
        excluded=(replace(run.excluded[0], revision=2),),
    )
    assert [checked for checked in prove(again) if checked.findings] == []


def test_a_package_that_was_kept_for_another_cluster_is_one_of_that_cluster() -> None:
    run = sound_run()
    rows = {
        made: replace(row, cluster_id=STRANGER) if row.kind == "package" else row
        for made, row in run.packages.items()
    }
    kept = replace(run, packages=rows)
    assert [checked for checked in prove(kept) if checked.findings] == []


def test_a_call_that_ended_after_its_cancelled_run_is_no_fault() -> None:
    run = sound_run()
    late = Interaction(f"{FILE}.late", "a" * 64, 1, None, 0.5, cached=False, at=AT)
    cancelled = replace(
        run,
        ledger=replace(run.ledger, status="cancelled"),  # type: ignore[type-var]
        outcome_row=replace(run.outcome_row, status="cancelled"),  # type: ignore[type-var]
        interactions=(*run.interactions, late),
        files={**run.files, late.file: StoredFile("a" * 64, 1)},
    )
    assert [checked for checked in prove(cancelled) if checked.findings] == []


def test_a_run_that_was_refused_needs_no_manifests() -> None:
    refused = Evidence(
        tenant="main",
        run_id="RUN_x",
        revision=1,
        ledger=replace(sound_run().ledger, status="refused", counts=Counts()),  # type: ignore[type-var]
        events=(SeenEvent("e", "run.finished.v1", "RUN_x", 0),),
    )
    assert [checked for checked in prove(refused) if checked.findings] == []


def test_an_unfinished_run_says_what_it_waits_for() -> None:
    run = replace(
        sound_run(),
        open_work=(
            OpenWork("packager", "cluster.formed.v1", "pending", "OverBudget: the next costs 0.0035", 3),
            OpenWork("packager", "cluster.formed.v1", "pending", "OverBudget: the next costs 4e-05", 1),
        ),
        unsent={"clusterer": 2, "packager": 0},
    )
    assert open_ends(run) == [
        "packager: 4 x cluster.formed.v1 pending: OverBudget: the next costs 0.0035",
        "clusterer: 2 events are not sent yet",
    ]


def test_an_unfinished_run_without_work_asks_for_the_services() -> None:
    assert "are all services running" in open_ends(sound_run())[0]


def test_the_proof_says_how_much_it_looked_at() -> None:
    assert looked_at(sound_run()) == {
        "items": 6,
        "clusters": 1,
        "packages": 1,
        "excluded packages": 1,
        "enriched packages": 1,
        "LLM calls": 1,
        "objects": 1,
        "events": 1,
    }


def test_the_sound_run_is_as_the_contracts_say() -> None:
    """The stored manifests of these tests survive their own canonical form."""
    for manifest in (SNAPSHOT, CLUSTERING, PACKAGING, OUTCOME):
        assert type(manifest).read(manifest.canonical()) == manifest
    assert PackageEntry.model_validate(PACKAGING.packages[0].model_dump()).package_id == PACKAGE
    assert ClusterEntry.model_validate(CLUSTERING.clusters[0].model_dump()).cluster_id == CLUSTER
    assert GONE not in ITEMS
