"""What is plugged into what."""

from ledger.domain import FOLLOWED
from ledger.handler import Changes, Figures, FollowEvents, Letters, Log, Runs
from ledger.settings import Settings
from runtime import Stage


def build(
    settings: Settings, *, log: Log, runs: Runs, letters: Letters, changes: Changes, figures: Figures
) -> Stage:
    follower = FollowEvents(log, runs, letters, changes, figures)
    return Stage("ledger", settings.runtime).follows(*FOLLOWED, follower=follower)
