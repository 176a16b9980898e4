"""What the calls of a run cost."""

from typing import Final

from contracts.runs import Cost
from llm.ledger import Ledger
from llm.reconcile import reconcile
from objects import ObjectStore

COST: Final = """
select coalesce(sum(cost_usd), 0)::float8 as usd, coalesce(sum(calls), 0)::bigint as calls,
       coalesce(sum(stored_answers), 0)::bigint as stored_answers,
       coalesce(sum(unpriced_calls), 0)::bigint as unpriced_calls
from read.llm_cost_v1 where (tenant, run_id) = ($1, $2)
"""


async def cost_of_run(ledger: Ledger, store: ObjectStore, tenant: str, run_id: str) -> Cost:
    """Of all its calls so far, at every stage and in every revision."""
    # A worker that died between a call's file and its row must not make the run look cheaper.
    await reconcile(store, ledger, tenant, run_id)
    [row] = await ledger.pool.fetch(COST, tenant, run_id)
    return Cost(**dict(row))
