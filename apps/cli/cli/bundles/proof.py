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
from cli.domain.checks_any import OF_ANY_RUN
from cli.domain.checks_objects import the_snapshot_holds_each_item_once

CHECKS: tuple[Callable[[BundleEvidence], Iterator[str]], ...] = (
    every_object_is_there_and_intact,
    the_snapshot_holds_each_item_once,
    each_product_is_in_one_state,
    what_is_placed_is_in_a_bundle,
    the_bundles_of_the_outcome_are_those_of_the_tables_and_events,
    every_bundle_costs_what_its_products_and_its_discount_say,
    the_counts_are_those_of_the_tables,
    *OF_ANY_RUN,
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
