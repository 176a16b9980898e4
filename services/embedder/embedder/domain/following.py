"""When a run that follows the feed revises itself."""

from dataclasses import dataclass

LOOK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Followed:
    """A run that follows, as it is now. Changes are counted since the last revision was asked for."""

    quiet_seconds: float
    max_changes: int
    changes: int
    quiet_for_seconds: float  # since the last change, by the clock of the database
    asked_revision: int  # the last that following asked for, or that was there when it began
    last_revision: int
    last_is_over: bool

    @property
    def next_revision(self) -> int:
        return max(self.asked_revision, self.last_revision) + 1


def seconds_until_due(run: Followed) -> float:
    """0: it is time for a new revision. Nothing tells when it may be sooner: so look again in a second."""
    if run.last_revision < run.asked_revision or not run.last_is_over:
        return LOOK_AGAIN_SECONDS
    if run.changes >= run.max_changes:
        return 0
    return min(LOOK_AGAIN_SECONDS, max(0.0, run.quiet_seconds - run.quiet_for_seconds))


def waits_for(run: Followed) -> str:
    if run.last_revision < run.asked_revision or not run.last_is_over:
        return f"{run.changes} changes wait for revision {max(run.asked_revision, run.last_revision)} to end"
    return f"{run.changes} changes wait for {run.quiet_seconds:g} quiet seconds"
