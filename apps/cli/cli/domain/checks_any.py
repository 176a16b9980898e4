"""The checks that hold for a run of any kind."""

from collections.abc import Callable, Iterator

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
from cli.domain.evidence import RunEvidence

OF_ANY_RUN: tuple[Callable[[RunEvidence], Iterator[str]], ...] = (
    the_run_finished_once,
    every_call_has_its_file_and_every_file_its_row,
    every_answer_used_exists,
    the_cost_is_the_sum_of_the_calls,
    the_budget_was_not_exceeded,
    nothing_waits_anywhere,
    every_dead_letter_is_accounted_for,
    the_ledger_shows_no_id_with_two_contents,
)
