"""Python imports this before anything else: the wall clock is off by CLOCK_IS_OFF_SECONDS, the monotonic one is not."""

import datetime
import os
import time
from typing import Self

OFF_SECONDS = float(os.environ["CLOCK_IS_OFF_SECONDS"])
right = time.time


class Wrong(datetime.datetime):
    __slots__ = ()  # C code checks the size

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Self:
        return super().now(tz) + datetime.timedelta(seconds=OFF_SECONDS)

    @classmethod
    def utcnow(cls) -> Self:
        return cls.now(datetime.UTC).replace(tzinfo=None)


time.time = lambda: right() + OFF_SECONDS
datetime.datetime = Wrong  # type: ignore[misc]
