"""What can be wrong with ranking data: the check that finds it, its words, and how to bring it about."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cli.domain.evidence import SeenEvent
from cli.ranking.evidence import RankingEvidence
from contracts.runs import Counts
from tests.cli.ranking_runs import FAILED, RUN_ID

Change = Callable[[RankingEvidence], RankingEvidence]


def outcome(run: RankingEvidence, **changes: object) -> RankingEvidence:
    assert run.outcome is not None
    return replace(run, outcome=run.outcome.model_copy(update=changes))


def report(run: RankingEvidence, **changes: object) -> RankingEvidence:
    assert run.report is not None
    return replace(run, report=run.report.model_copy(update=changes))


def record(run: RankingEvidence, place: int, **changes: Any) -> RankingEvidence:
    """One of its records, changed in the dataset."""
    records = list(run.records or ())
    records[place] = replace(records[place], **changes)
    return replace(run, records=tuple(records))


def first(run: RankingEvidence, label: int) -> int:
    return next(place for place, one in enumerate(run.records or ()) if one.label == label)


def twin(run: RankingEvidence) -> RankingEvidence:
    """A negative's vector is that of a positive of its query, although their texts differ."""
    assert run.collection is not None
    assert run.records is not None
    negative = run.records[first(run, 0)]
    positive = next(one for one in run.records if one.query == negative.query and one.label)
    vectors = run.collection.vectors.copy()
    rows = run.collection.rows
    vectors[rows[negative.candidate_id]] = vectors[rows[positive.candidate_id]]
    return replace(run, collection=replace(run.collection, vectors=vectors))


def negative_of_itself(run: RankingEvidence) -> RankingEvidence:
    negative = (run.records or ())[first(run, 0)]
    same = next(one for one in run.records or () if one.query == negative.query and one.label)
    return record(run, first(run, 0), candidate_id=same.candidate_id)


def other_split(run: RankingEvidence) -> RankingEvidence:
    [place, *_] = (place for place, one in enumerate(run.records or ()) if one.split == "train")
    return record(run, place, split="test")


def counts(run: RankingEvidence, **changes: int) -> RankingEvidence:
    assert run.outcome_row is not None
    return replace(run, outcome_row=replace(run.outcome_row, counts=Counts(**changes)))


CASES: tuple[tuple[str, str, str, Change], ...] = (
    (
        "a report that no table names",
        "every_object_is_there_and_intact",
        "no table names its report",
        lambda run: replace(run, report=None, report_row=None),
    ),
    (
        "a candidate twice in the snapshot",
        "the_snapshot_holds_each_item_once",
        "P0 is 2 times in the snapshot",
        lambda run: replace(run, shards=((*run.shards[0], "P0"),)),
    ),
    (
        "a candidate without a state",
        "each_candidate_is_in_one_state",
        "asked for and not in the outcome",
        lambda run: outcome(run, excluded=()),
    ),
    (
        "a candidate in two states",
        "each_candidate_is_in_one_state",
        "in the outcome more than once",
        lambda run: outcome(run, placed=(*run.outcome.placed, run.outcome.placed[0])),  # type: ignore[union-attr]
    ),
    (
        "a candidate that is placed and stands in no record",
        "what_is_placed_stands_in_a_record",
        "placed by the outcome and not in records",
        lambda run: outcome(run, placed=(*run.outcome.placed, run.outcome.failed[0].item_id)),  # type: ignore[union-attr]
    ),
    (
        "a record of a candidate that was never frozen",
        "what_is_placed_stands_in_a_record",
        "in records and never frozen: P9",
        lambda run: record(run, 0, candidate_id="P9"),
    ),
    (
        "a row that was changed",
        "the_records_of_the_table_are_those_of_the_dataset",
        "1 records are others in the table",
        lambda run: replace(run, rows=(replace(run.rows[0], label=0), *run.rows[1:])),
    ),
    (
        "a row that was removed",
        "the_records_of_the_table_are_those_of_the_dataset",
        "the dataset holds 52 records, and the table 51",
        lambda run: replace(run, rows=run.rows[:-1]),
    ),
    (
        "records from before that were changed",
        "the_records_of_the_table_are_those_of_the_dataset",
        "does not begin with the records that were there before",
        lambda run: replace(run, existing=((run.records or ())[5],)),
    ),
    (
        "a query that nobody wrote",
        "every_record_answers_a_query_that_was_written",
        "in 1 records and in no table of queries: made up",
        lambda run: record(run, 0, query="made up"),
    ),
    (
        "a removed query set",
        "each_cluster_drawn_has_queries_or_a_failure",
        "drawn and not with queries or failed: P1",
        lambda run: replace(run, query_sets=run.query_sets[1:]),
    ),
    (
        "a cluster that failed and of which nobody says so",
        "each_cluster_drawn_has_queries_or_a_failure",
        f"drawn and not with queries or failed: {FAILED}",
        lambda run: outcome(run, failed_clusters=()),
    ),
    (
        "a negative that is a positive",
        "no_negative_is_a_positive_or_its_duplicate",
        "1 negatives are positives of their query",
        negative_of_itself,
    ),
    (
        "a negative that is a duplicate of a positive",
        "no_negative_is_a_positive_or_its_duplicate",
        "negatives are near duplicates of a positive of their query",
        twin,
    ),
    (
        "a report of another proof",
        "no_negative_is_a_positive_or_its_duplicate",
        "the report says 1 pairs; counted anew there are 48",
        lambda run: report(run, proof=run.report.proof.model_copy(update={"pairs": 1})),  # type: ignore[union-attr]
    ),
    (
        "a candidate in two splits",
        "splits_share_nothing",
        "candidates in more than one split",
        other_split,
    ),
    (
        "a report that counts otherwise",
        "the_report_is_what_the_records_say",
        "the report says 7 positives; there are 40",
        lambda run: report(run, positives=7),
    ),
    (
        "a report of other clusters",
        "the_report_is_what_the_records_say",
        "the report names other clusters than were drawn",
        lambda run: report(run, drawn=("P1",)),
    ),
    (
        "counts that nobody can follow",
        "the_counts_are_those_of_the_tables",
        "the ranker counts 7 queries; there are 10",
        lambda run: counts(run, queries=7),
    ),
    (
        "data that nobody was told of",
        "the_data_were_told_of_once",
        "ranking_data.generated.v1 was sent 0 times",
        lambda run: replace(run, events=run.events[1:]),
    ),
    (
        "data that were told of twice",
        "the_data_were_told_of_once",
        "ranking_data.generated.v1 was sent 2 times",
        lambda run: replace(
            run, events=(*run.events, SeenEvent("other", "ranking_data.generated.v1", RUN_ID, 0))
        ),
    ),
)
