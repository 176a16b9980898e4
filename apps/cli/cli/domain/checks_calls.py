"""Checks of the LLM calls: files, answers, money."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from cli.domain.evidence import Interaction, RunEvidence

CENT_FRACTION = 1e-6  # sums of floats
CLOSING = timedelta(seconds=2)  # a call may end while its run is being closed; the run does not know its cost


def every_call_has_its_file_and_every_file_its_row(run: RunEvidence) -> Iterator[str]:
    named = {call.file for call in run.interactions}
    for call in run.interactions:
        file = run.files.get(call.file)
        if file is None:
            yield f"{call.file} is in the index and not in the store"
        elif file.sha256 != call.sha256 or file.bytes != call.bytes:
            yield f"{call.file} is not what the index says: its bytes were changed"
    for file_name in sorted(run.files.keys() - named):
        yield f"{file_name} is in the store and not in the index"
    if len(named) != len(run.interactions):
        yield "two rows of the index name the same file"


def every_answer_used_exists(run: RunEvidence) -> Iterator[str]:
    used = {call.answer for call in run.interactions if call.answer is not None}
    for key in sorted(used - run.answers):
        yield f"the answer {key} was used and is not in the store"


def the_cost_is_the_sum_of_the_calls(run: RunEvidence) -> Iterator[str]:
    if run.outcome_row is None:
        return
    told, all_calls = run.outcome_row.cost.usd, _sum(run.interactions)
    closed_at = run.outcome_row.finished_at - CLOSING
    least = (
        _sum(call for call in run.interactions if call.at < closed_at) if run.status != "cancelled" else 0.0
    )
    if not least - CENT_FRACTION <= told <= all_calls + CENT_FRACTION:
        yield f"the calls cost {all_calls:.6f} USD, and the run says {told:.6f} USD"


def the_budget_was_not_exceeded(run: RunEvidence) -> Iterator[str]:
    if run.limit_usd is None or run.spent_usd is None:
        return
    if run.spent_usd > run.limit_usd + CENT_FRACTION:
        yield f"{run.spent_usd:.6f} USD were spent of a budget of {run.limit_usd:.6f} USD"


def _sum(calls: Iterable[Interaction]) -> float:
    return sum(call.cost_usd or 0 for call in calls)
