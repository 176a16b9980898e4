"""What can go wrong, by who is at fault.

AssortError
├── InvalidEvent      the event is wrong for good: it becomes a dead letter
├── WorkFailed        this piece of work failed for good: its member is failed, a new revision may retry it
└── WorldError        the world is wrong: the work parks and comes back, no attempt is used up
    ├── Unavailable   a server is away or slow; maybe it said when to come back
    ├── OverBudget    the run has spent what it may; comes back when the budget is raised
    └── Blocked       nobody lets us in (401, 403): the whole stage waits
"""

from typing import Any


class AssortError(Exception):
    """Base of every failure that Assort knows by name."""


class Coded(AssortError):
    """A failure with a code for machines and words for people."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(f"{code}: {words}")
        self.code = code
        self.words = words

    def __reduce__(self) -> tuple[Any, ...]:
        """So that it can come out of another process, whatever its own `__init__` takes."""
        return _again, (type(self), self.code, self.words), self.__dict__


class InvalidEvent(Coded):
    """The event can never be processed; retrying is pointless. It goes to the dead letters."""


class WorkFailed(Coded):
    """The work failed for good in this revision, although its event is sound."""


class WorldError(AssortError):
    """Nothing is wrong with the event: wait, then try again."""

    def __init__(self, reason: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds


class Unavailable(WorldError):
    """A server is away, slow or overloaded."""


class OverBudget(WorldError):
    """The next call could exceed the run's budget."""


class Blocked(WorldError):
    """Credentials are refused: no work of this stage can go on until somebody mends them."""


def _again(kind: type[Coded], code: str, words: str) -> Coded:
    error = kind.__new__(kind)
    Coded.__init__(error, code, words)
    return error
