"""The proof that a segmentation lost nothing."""

from collections.abc import Callable, Iterator

from cli.domain.checks_any import OF_ANY_RUN
from cli.domain.checks_objects import the_snapshot_holds_each_item_once
from cli.segments.checks import (
    each_batch_puts_each_product_into_one_category,
    each_category_was_merged_into_exactly_one,
    each_product_is_in_one_state,
    each_product_was_asked_about_once,
    every_object_is_there_and_intact,
    refinement_moved_only_what_it_was_asked_about,
    the_counts_are_those_of_the_tables,
    the_first_assignment_follows_from_the_answers,
    the_result_is_what_the_rows_say,
)
from cli.segments.evidence import SegmentEvidence

CHECKS: tuple[Callable[[SegmentEvidence], Iterator[str]], ...] = (
    every_object_is_there_and_intact,
    the_snapshot_holds_each_item_once,
    each_product_was_asked_about_once,
    each_batch_puts_each_product_into_one_category,
    each_category_was_merged_into_exactly_one,
    the_first_assignment_follows_from_the_answers,
    refinement_moved_only_what_it_was_asked_about,
    the_result_is_what_the_rows_say,
    each_product_is_in_one_state,
    the_counts_are_those_of_the_tables,
    *OF_ANY_RUN,
)


def looked_at(run: SegmentEvidence) -> dict[str, int]:
    """How much evidence there was: a proof that looked at nothing proves nothing."""
    return {
        "products": len(run.items),
        "segments": len(run.taxonomies),
        "steps": len(run.calls),
        "repaired answers": sum(call.repaired for call in run.calls),
        "LLM calls": len(run.interactions),
        "objects": run.objects_read + len(run.files),
        "events": len(run.events),
    }
