"""What a user sees instead of a traceback: one line that says what is wrong and what to do."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes; `assort COMMAND --help` names those that matter there."""

    OK = 0
    FAILED = 1  # refused, failed, cancelled, or the proof found something
    UNFINISHED = 2  # the run is not over yet; also wrong usage of a command
    WITH_FAILURES = 3  # the run is over, and some of it failed
    NO_SERVER = 4  # Kafka, Postgres or the object store is away


class CliError(Exception):
    """Something that the user can mend."""

    def __init__(self, words: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(words)
        self.words = words
        self.code = code
