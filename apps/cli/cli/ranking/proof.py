"""The proof that a run of ranking data lost nothing, and that its data are clean."""

from collections.abc import Callable, Iterator

from cli.domain.checks_any import OF_ANY_RUN
from cli.domain.checks_objects import the_snapshot_holds_each_item_once
from cli.ranking.checks import (
    each_candidate_is_in_one_state,
    each_cluster_drawn_has_queries_or_a_failure,
    every_object_is_there_and_intact,
    every_record_answers_a_query_that_was_written,
    no_negative_is_a_positive_or_its_duplicate,
    splits_share_nothing,
    the_counts_are_those_of_the_tables,
    the_data_were_told_of_once,
    the_records_of_the_table_are_those_of_the_dataset,
    the_report_is_what_the_records_say,
    what_is_placed_stands_in_a_record,
)
from cli.ranking.evidence import RankingEvidence

CHECKS: tuple[Callable[[RankingEvidence], Iterator[str]], ...] = (
    every_object_is_there_and_intact,
    the_snapshot_holds_each_item_once,
    each_candidate_is_in_one_state,
    what_is_placed_stands_in_a_record,
    the_records_of_the_table_are_those_of_the_dataset,
    every_record_answers_a_query_that_was_written,
    each_cluster_drawn_has_queries_or_a_failure,
    no_negative_is_a_positive_or_its_duplicate,
    splits_share_nothing,
    the_report_is_what_the_records_say,
    the_counts_are_those_of_the_tables,
    the_data_were_told_of_once,
    *OF_ANY_RUN,
)


def looked_at(run: RankingEvidence) -> dict[str, int]:
    """How much evidence there was: a proof that looked at nothing proves nothing."""
    return {
        "candidates": len(run.items),
        "clusters": len(run.drawn),
        "queries": sum(len(one.queries) for one in run.query_sets),
        "records": len(run.records or ()),
        "pairs": run.report.proof.pairs if run.report else 0,
        "LLM calls": len(run.interactions),
        "objects": run.objects_read + len(run.files),
        "events": len(run.events),
    }
