"""What was received, for those who test against it. The newest requests are kept, the oldest forgotten."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from time import time

MOST_REQUESTS = 100_000


@dataclass(frozen=True, slots=True)
class Received:
    """One call, noted as it arrives: one that hangs is seen while it hangs."""

    at: float
    prompt_sha256: str
    name: str | None
    model: str
    status: int | None  # None: no status is ever sent
    fault: str | None


class Journal:
    def __init__(self) -> None:
        self._requests: deque[Received] = deque(maxlen=MOST_REQUESTS)

    def note(
        self, *, prompt_sha256: str, name: str | None, model: str, status: int | None, fault: str | None
    ) -> None:
        self._requests.append(Received(time(), prompt_sha256, name, model, status, fault))

    def clear(self) -> None:
        self._requests.clear()

    def __iter__(self) -> Iterator[Received]:
        return iter(self._requests)


class Load:
    """How many calls are under way, and were at most: what a limit on concurrency is judged by."""

    def __init__(self) -> None:
        self.now = 0
        self.peak = 0

    def __enter__(self) -> None:
        self.now += 1
        self.peak = max(self.peak, self.now)

    def __exit__(self, *_: object) -> None:
        self.now -= 1

    def forget_peak(self) -> None:
        self.peak = self.now
