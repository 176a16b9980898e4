"""What a run may spend, as people command it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from contracts import Event
from contracts.runs import RunCommanded
from runtime.work import Transaction


class Budgets(Protocol):
    async def set_limit(self, tenant: str, run_id: str, usd: Decimal) -> None: ...


@dataclass(frozen=True, slots=True)
class SetBudget:
    """The limit holds for the run's calls at every stage."""

    budgets: Budgets

    async def decide(self, order: RunCommanded) -> None:
        if order.command == "raise_budget" and order.budget_usd is not None:
            await self.budgets.set_limit(order.tenant, order.run_id, Decimal(str(order.budget_usd)))

    async def record(self, tx: Transaction, order: RunCommanded, _: None) -> Sequence[Event]:
        return []
