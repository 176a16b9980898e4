"""What is plugged into what."""

from ledger.domain import FOLLOWED
from ledger.handler import FollowEvents, Letters, Log, Runs
from ledger.settings import Settings
from runtime import Stage


def build(settings: Settings, *, log: Log, runs: Runs, letters: Letters) -> Stage:
    return Stage("ledger", settings.runtime).follows(*FOLLOWED, follower=FollowEvents(log, runs, letters))
