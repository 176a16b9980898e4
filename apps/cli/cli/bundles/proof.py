"""The proof that a run of bundles lost nothing."""

from collections.abc import Callable, Iterator

from cli.bundles.checks import (
    each_product_is_in_one_state,
    every_bundle_costs_what_its_products_and_its_discount_say,
    every_object_is_there_and_intact,
    the_bundles_of_the_outcome_are_those_of_the_tables_and_events,
    the_counts_are_those_of_the_tables,
    what_is_placed_is_in_a_bundle,
)
from cli.bundles.evidence import BundleEvidence
from cli.domain.checks_calls import (
    every_answer_used_exists,
    every_call_has_its_file_and_every_file_its_row,
    the_budget_was_not_exceeded,
    the_cost_is_the_sum_of_the_calls,
)
from cli.domain.checks_delivery import (
    every_dead_letter_is_accounted_for,
    nothing_waits_anywhere,
    the_ledger_shows_no_id_with_two_contents,
    the_run_finished_once,
)
from cli.domain.checks_objects import the_snapshot_holds_each_item_once

CHECKS: tuple[Callable[[BundleEvidence], Iterator[str]], ...] = (
    every_object_is_there_and_intact,
    the_snapshot_holds_each_item_once,
    each_product_is_in_one_state,
    what_is_placed_is_in_a_bundle,
    the_bundles_of_the_outcome_are_those_of_the_tables_and_events,
    every_bundle_costs_what_its_products_and_its_discount_say,
    the_counts_are_those_of_the_tables,
    the_run_finished_once,
    every_call_has_its_file_and_every_file_its_row,
    every_answer_used_exists,
    the_cost_is_the_sum_of_the_calls,
    the_budget_was_not_exceeded,
    nothing_waits_anywhere,
    every_dead_letter_is_accounted_for,
    the_ledger_shows_no_id_with_two_contents,
)


def looked_at(run: BundleEvidence) -> dict[str, int]:
    """How much evidence there was: a proof that looked at nothing proves nothing."""
    return {
        "products": len(run.items),
        "bundles": len(run.bundles),
        "LLM calls": len(run.interactions),
        "objects": run.objects_read + len(run.files),
        "events": len(run.events),
    }
