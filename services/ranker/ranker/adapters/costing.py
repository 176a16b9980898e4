"""What runs cost."""

from dataclasses import dataclass

from contracts.runs import Cost
from llm import Ledger, cost_of_run
from objects import ObjectStore
from runtime import RunKey


@dataclass(frozen=True, slots=True)
class RunCosts:
    ledger: Ledger
    store: ObjectStore

    async def of(self, run: RunKey) -> Cost:
        return await cost_of_run(self.ledger, self.store, run.tenant, run.run_id)
