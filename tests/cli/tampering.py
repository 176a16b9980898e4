"""What can be wrong with a run: the check that has to find it, its words, and how to bring it about."""

from collections.abc import Callable
from dataclasses import replace

from cli.domain.evidence import (
    BrokenObject,
    ClusterRows,
    DeadLetter,
    EnrichedRow,
    Evidence,
    ExcludedRow,
    OpenWork,
    SeenEvent,
    StoredFile,
)
from contracts.packages import FailedCluster, FailedPackage
from contracts.runs import Cost, Counts
from contracts.unplaced import Unplaced
from tests.cli.runs import (
    CLUSTER,
    CLUSTERING,
    EXCLUDED,
    FILE,
    ITEMS,
    LEFT_OUT,
    OUTCOME,
    PACKAGE,
    PACKAGING,
    PLACED,
    TOO_FEW,
)

CLUSTER_ID, PACKAGE_ID, EXCLUDED_ID = str(CLUSTER), str(PACKAGE), str(EXCLUDED)
STRANGER = "44444444-4444-5444-8444-444444444444"

Change = Callable[[Evidence], Evidence]


def package(run: Evidence, **changes: object) -> Evidence:
    row = replace(run.packages[PACKAGE_ID, 1], **changes)  # type: ignore[arg-type]
    return replace(run, packages={**run.packages, (PACKAGE_ID, 1): row})


def outcome(run: Evidence, **changes: object) -> Evidence:
    return replace(run, outcome=OUTCOME.model_copy(update=changes))


def packaging(run: Evidence, **changes: object) -> Evidence:
    return replace(run, packaging=PACKAGING.model_copy(update=changes))


def without_package_rows(run: Evidence) -> Evidence:
    return replace(run, packages={made: row for made, row in run.packages.items() if made[0] != PACKAGE_ID})


CASES: tuple[tuple[str, str, str, Change], ...] = (
    (
        "a missing object",
        "every_object_is_there_and_intact",
        "snapshot main/x: there is no object",
        lambda run: replace(run, broken=(BrokenObject("main/x", "snapshot", "there is no object main/x"),)),
    ),
    (
        "a manifest that no table names",
        "every_object_is_there_and_intact",
        "no table names its packaging",
        lambda run: replace(run, packaging=None, packaging_row=None),
    ),
    (
        "an item twice in the snapshot",
        "the_snapshot_holds_each_item_once",
        f"{ITEMS[0]} is 2 times in the snapshot",
        lambda run: replace(run, shards=((*ITEMS, ITEMS[0]),)),
    ),
    (
        "a snapshot that is shorter than it says",
        "the_snapshot_holds_each_item_once",
        "the snapshot says 6 items, and its shards hold 5",
        lambda run: replace(run, shards=(ITEMS[:-1],)),
    ),
    (
        "a cluster without rows",
        "every_cluster_has_its_rows",
        "is in the manifest and in no table",
        lambda run: replace(run, clusters={}),
    ),
    (
        "a cluster that the manifest does not know",
        "every_cluster_has_its_rows",
        "is in the tables and not in the manifest",
        lambda run: replace(
            run, clusters={**run.clusters, STRANGER: ClusterRows(STRANGER, 1, 0, frozenset())}
        ),
    ),
    (
        "a foreign item in a cluster",
        "every_cluster_has_its_rows",
        "holds what was not frozen: elsewhere.com/1",
        lambda run: replace(
            run,
            clusters={
                CLUSTER_ID: ClusterRows(
                    CLUSTER_ID, 1, 5, run.clusters[CLUSTER_ID].item_ids | {"elsewhere.com/1"}
                )
            },
        ),
    ),
    (
        "a frozen item in no cluster",
        "every_cluster_has_its_rows",
        "1 frozen items are in no cluster",
        lambda run: replace(
            run,
            clustering=CLUSTERING.model_copy(update={"excluded": CLUSTERING.excluded[:1]}),
        ),
    ),
    (
        "a package with a deal of another cluster",
        "every_package_lies_within_its_cluster",
        f"holds what its cluster does not: {TOO_FEW[0]}",
        lambda run: package(
            run, deal_ids=(*PLACED, TOO_FEW[0]), member_rows=frozenset((*PLACED, TOO_FEW[0]))
        ),
    ),
    (
        "a package whose rows differ from its list",
        "every_package_lies_within_its_cluster",
        f"its deal_ids and its rows differ: {PLACED[0]}",
        lambda run: package(run, member_rows=frozenset(PLACED[1:])),
    ),
    (
        "a deal that is neither placed nor excluded",
        "each_cluster_is_its_packages_and_its_excluded",
        f"1 deals are in no package and not excluded: {LEFT_OUT}",
        lambda run: replace(run, excluded=()),
    ),
    (
        "a package that the manifest names twice",
        "each_cluster_is_its_packages_and_its_excluded",
        f"package {PACKAGE_ID} is in the manifest more than once",
        lambda run: packaging(run, packages=(*PACKAGING.packages, *PACKAGING.packages)),
    ),
    (
        "a deal that is placed and excluded",
        "each_cluster_is_its_packages_and_its_excluded",
        f"placed and excluded: {PLACED[0]}",
        lambda run: replace(
            run,
            excluded=(*run.excluded, ExcludedRow(CLUSTER_ID, EXCLUDED_ID, 1, PLACED[0], "off_topic")),
        ),
    ),
    (
        "a cluster that came to nothing, and nobody says so",
        "failed_clusters_are_named",
        "has no package, and no manifest says that it failed",
        lambda run: packaging(run, packages=()),
    ),
    (
        "a failed cluster with the wrong deals",
        "failed_clusters_are_named",
        "name different deals",
        lambda run: packaging(
            run,
            packages=(),
            failed_clusters=(FailedCluster(cluster_id=CLUSTER, deal_ids=PLACED, code="bad_answer"),),
        ),
    ),
    (
        "a removed row of a package",
        "every_package_was_enriched_skipped_or_failed",
        f"package {PACKAGE_ID} (revision 1) is in the manifest and in no table",
        without_package_rows,
    ),
    (
        "a package that was never enriched",
        "every_package_was_enriched_skipped_or_failed",
        "was neither enriched nor named as failed",
        lambda run: replace(run, enriched={}),
    ),
    (
        "a package that was enriched and failed",
        "every_package_was_enriched_skipped_or_failed",
        "was enriched and is named as failed",
        lambda run: outcome(run, failed_packages=(FailedPackage(package_id=PACKAGE, code="bad_answer"),)),
    ),
    (
        "enriched deals that differ from the proposed ones",
        "every_package_was_enriched_skipped_or_failed",
        "proposed and enriched deal_ids differ",
        lambda run: replace(run, enriched={PACKAGE_ID: EnrichedRow(PACKAGE_ID, CLUSTER_ID, PLACED[1:])}),
    ),
    (
        "an excluded package that was enriched",
        "every_package_was_enriched_skipped_or_failed",
        "lists excluded deals and was enriched all the same",
        lambda run: replace(
            run, enriched={**run.enriched, EXCLUDED_ID: EnrichedRow(EXCLUDED_ID, CLUSTER_ID, ())}
        ),
    ),
    (
        "an item without a state",
        "each_item_is_in_one_state_and_the_outcome_agrees",
        f"1 items have no state in the outcome: {LEFT_OUT}",
        lambda run: outcome(run, excluded=OUTCOME.excluded[1:]),
    ),
    (
        "an item in two states",
        "each_item_is_in_one_state_and_the_outcome_agrees",
        f"more than one state: {PLACED[0]}",
        lambda run: outcome(run, failed=(*OUTCOME.failed, Unplaced(item_id=PLACED[0], code="crashes"))),
    ),
    (
        "an outcome that says more than the tables",
        "each_item_is_in_one_state_and_the_outcome_agrees",
        f"placed by the outcome and not by the tables: {PLACED[0]}",
        lambda run: package(run, deal_ids=PLACED[1:], member_rows=frozenset(PLACED[1:])),
    ),
    (
        "counts that nobody can follow",
        "the_counts_are_those_of_the_tables",
        "the ledger counts 7 placed; there are 3",
        lambda run: replace(run, ledger=replace(run.ledger, counts=Counts(placed=7))),  # type: ignore[type-var]
    ),
    (
        "a run that finished twice",
        "the_run_finished_once",
        "revision 1 finished 2 times",
        lambda run: replace(run, events=(*run.events, SeenEvent("other", "run.finished.v1", "x", 0))),
    ),
    (
        "a run that never told that it finished",
        "the_run_finished_once",
        "revision 1 finished 0 times",
        lambda run: replace(run, events=()),
    ),
    (
        "a call without its file",
        "every_call_has_its_file_and_every_file_its_row",
        f"{FILE} is in the index and not in the store",
        lambda run: replace(run, files={}),
    ),
    (
        "a file that was changed",
        "every_call_has_its_file_and_every_file_its_row",
        "its bytes were changed",
        lambda run: replace(run, files={FILE: StoredFile("e" * 64, 10)}),
    ),
    (
        "a file without its row",
        "every_call_has_its_file_and_every_file_its_row",
        "is in the store and not in the index",
        lambda run: replace(run, files={**run.files, f"{FILE}.more": StoredFile("e" * 64, 10)}),
    ),
    (
        "an answer that is gone",
        "every_answer_used_exists",
        "was used and is not in the store",
        lambda run: replace(run, answers=frozenset()),
    ),
    (
        "a cost that is not the sum of the calls",
        "the_cost_is_the_sum_of_the_calls",
        "the calls cost 0.250000 USD, and the run says 0.900000 USD",
        lambda run: replace(run, outcome_row=replace(run.outcome_row, cost=Cost(usd=0.9))),  # type: ignore[type-var]
    ),
    (
        "a budget that was exceeded",
        "the_budget_was_not_exceeded",
        "0.250000 USD were spent of a budget of 0.100000 USD",
        lambda run: replace(run, limit_usd=0.1),
    ),
    (
        "an event that was never sent",
        "nothing_waits_anywhere",
        "packager: 2 events wait in the outbox",
        lambda run: replace(run, unsent={"packager": 2}),
    ),
    (
        "work that is still open",
        "nothing_waits_anywhere",
        "enricher: 3 x package.proposed.v1 pending, although the run is over",
        lambda run: replace(run, open_work=(OpenWork("enricher", "package.proposed.v1", "pending", "", 3),)),
    ),
    (
        "a dead letter that nothing accounts for",
        "every_dead_letter_is_accounted_for",
        "packager: dead letter letter-1 (schema), and nothing failed for it",
        lambda run: replace(run, letters=(DeadLetter("packager", "letter-1", "schema", "bad"),)),
    ),
    (
        "an id with two contents",
        "the_ledger_shows_no_id_with_two_contents",
        "was seen with different contents",
        lambda run: replace(run, events=(*run.events, SeenEvent("f", "cluster.formed.v1", CLUSTER_ID, 1))),
    ),
)
