"""What a run may spend."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from contracts import Event
from contracts.runs import RunCommanded
from runtime import Transaction
from segmenter.handler.ports import Budgets


@dataclass(frozen=True, slots=True)
class SetBudget:
    budgets: Budgets

    async def decide(self, order: RunCommanded) -> None:
        if order.command == "raise_budget" and order.budget_usd is not None:
            await self.budgets.set_limit(order.tenant, order.run_id, Decimal(str(order.budget_usd)))

    async def record(self, tx: Transaction, order: RunCommanded, _: None) -> Sequence[Event]:
        return []
