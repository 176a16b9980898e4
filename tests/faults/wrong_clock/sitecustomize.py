"""Python imports this first: the wall clock is off by CLOCK_IS_OFF_SECONDS, the monotonic one is not."""

import datetime as dt
import os
import time
from typing import Self

OFF_SECONDS = float(os.environ["CLOCK_IS_OFF_SECONDS"])
right = time.time


class Wrong(dt.datetime):
    __slots__ = ()  # C code checks the size

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Self:
        return super().now(tz) + dt.timedelta(seconds=OFF_SECONDS)

    @classmethod
    def utcnow(cls) -> Self:
        return cls.now(dt.UTC).replace(tzinfo=None)


time.time = lambda: right() + OFF_SECONDS
dt.datetime = Wrong  # type: ignore[misc]
