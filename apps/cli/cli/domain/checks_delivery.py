"""Checks of the way that events took."""

from collections.abc import Iterator

from cli.domain.evidence import RunEvidence

FINISHED = "run.finished.v1"


def the_run_finished_once(run: RunEvidence) -> Iterator[str]:
    times = len({event.event_id for event in run.events if event.topic == FINISHED})
    if times != 1:
        yield f"revision {run.revision} finished {times} times"
    if run.ledger and run.outcome_row and run.ledger.status != run.outcome_row.status:
        yield f"the ledger says {run.ledger.status}, and its last stage {run.outcome_row.status}"


def nothing_waits_anywhere(run: RunEvidence) -> Iterator[str]:
    """The outboxes are empty, and no inbox holds open work of this run."""
    for stage, rows in run.unsent.items():
        if rows:
            yield f"{stage}: {rows} events wait in the outbox"
    for work in run.open_work:
        yield f"{work.stage}: {work.rows} x {work.name} {work.state}, although the run is over"


def every_dead_letter_is_accounted_for(run: RunEvidence) -> Iterator[str]:
    """What a dead letter kept from being done is failed or excluded with the same code."""
    named = {member.code for member in run.failed_members}
    named |= run.reasons
    for letter in run.letters:
        refused = run.status in ("refused", "cancelled")
        if letter.code not in named and not refused:
            yield f"{letter.stage}: dead letter {letter.letter_id} ({letter.code}), and nothing failed for it"


def the_ledger_shows_no_id_with_two_contents(run: RunEvidence) -> Iterator[str]:
    for event in run.events:
        if event.conflicts:
            yield f"event {event.event_id} ({event.topic}, {event.entity}) was seen with different contents"
