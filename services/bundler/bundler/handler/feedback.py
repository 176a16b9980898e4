"""What visitors do about bundles, taken in by the batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from contracts import InvalidEvent
from contracts.bundles import Feedback
from runtime import Arrived, Refused, Taken, Transaction


class Feedbacks(Protocol):
    """Feedback under the store's own ids. Telling one twice is the same as telling it once."""

    async def keep(self, tx: Transaction, told: Sequence[Feedback]) -> None: ...


@dataclass(frozen=True, slots=True)
class TakeFeedback:
    feedback: Feedbacks

    async def record(self, tx: Transaction, batch: Sequence[Arrived[Any]]) -> Taken:
        told = [one.event for one in batch if one.event is not None]
        await self.feedback.keep(tx, told)
        reason = InvalidEvent("no_value", "a null value withdraws an item; feedback cannot be withdrawn")
        return Taken(
            refused=[Refused(position, reason) for position, one in enumerate(batch) if one.event is None]
        )
