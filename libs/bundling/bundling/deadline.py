"""When to stop and hand over the best so far."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment of the machine's monotonic clock: it means something in processes of this machine alone."""

    at_seconds: float = math.inf
    clock: Callable[[], float] = time.monotonic

    def passed(self) -> bool:
        return self.clock() >= self.at_seconds

    @property
    def left_seconds(self) -> float:
        return max(0.0, self.at_seconds - self.clock())

    def within(self, seconds: float) -> Self:
        """The sooner of this one and one so many seconds from now."""
        return type(self)(min(self.at_seconds, self.clock() + seconds), self.clock)
