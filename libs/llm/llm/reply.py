"""What one paid call brought, with all that is needed to log and settle it later, by whoever finds it."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from contracts import Entity
from llm.question import Call, Cost, Tokens


class Reply(Entity):
    call_id: UUID
    call: Call
    attempt: int
    fallback_for: str | None
    started_at: datetime  # by the worker's clock: for people and file names only
    duration_ms: int
    text: str
    refusal: str | None
    finish_reason: str | None
    served_model: str
    tokens: Tokens
    cost: Cost | None

    def belongs_to(self, call: Call) -> bool:
        """Paid for in this very revision of this run."""
        paid = self.call
        return (paid.tenant, paid.run_id, paid.revision) == (call.tenant, call.run_id, call.revision)

    @property
    def usd(self) -> Decimal | None:
        return self.cost.usd if self.cost else None
