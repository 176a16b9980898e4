"""Which commands make sense for a run as it is now."""

from dataclasses import dataclass

from contracts.runs import Command


@dataclass(frozen=True, slots=True)
class RunState:
    """The latest revision of a run. No status: it is not over."""

    run_id: str
    revision: int
    status: str | None
    paused: bool
    cancelling: bool
    following: bool = False


def refusal(command: Command, run: RunState) -> str | None:
    """Why the command cannot be given now, and what to do instead; None: it can."""
    match command:
        case "raise_budget":
            return None
        case "retry":
            return _no_retry(run)
        case "follow":
            return _no_following(run)
        case "unfollow":
            return None if run.following else f"{run.run_id} does not follow the feed"
        case _:
            return _no_steering(command, run)


def _no_steering(command: Command, run: RunState) -> str | None:
    if run.status is not None and run.following and command == "cancel":
        return f"{run.run_id} is over and follows the feed: `assort unfollow {run.run_id}` ends that"
    if run.status is not None:
        over = f"{run.run_id} is over ({run.status}): there is nothing to {command}"
        return f"{over}; `assort retry {run.run_id}` does again what failed"
    if run.cancelling:
        return f"{run.run_id} is being cancelled already"
    if command == "pause" and run.paused:
        return f"{run.run_id} is paused already; `assort resume {run.run_id}` lets it go on"
    if command == "resume" and not run.paused:
        return f"{run.run_id} is not paused; `assort watch {run.run_id}` shows what it waits for"
    return None


def no_revision(run: RunState) -> str | None:
    """Why there can be no new revision now."""
    if run.status is not None:
        return None
    return (
        f"{run.run_id} is not over: let it end (`assort watch {run.run_id}`)"
        f" or end it first (`assort cancel {run.run_id}`)"
    )


def _no_following(run: RunState) -> str | None:
    if run.status == "refused" and run.revision == 1:
        return f"{run.run_id} was refused: ask anew with `assort run packages --follow`"
    return None


def _no_retry(run: RunState) -> str | None:
    if reason := no_revision(run):
        return reason
    if run.status == "refused":
        return (
            f"{run.run_id} was refused: a retry would be refused again; ask anew with `assort run packages`"
        )
    return None


def target_revision(command: Command, run: RunState) -> int:
    return run.revision + 1 if command == "retry" else run.revision
