"""What runs may spend and have spent, and the index of all interactions: schema `llm`, for all workers."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import asyncpg

from contracts import OverBudget
from llm.bucket import Bucket, Limits
from llm.interactions import Row
from llm.question import Budget, Call

MIGRATIONS = Path(__file__).parent / "migrations"

COLUMNS = ", ".join(Row.model_fields)
INSERT = f"""
insert into llm.llm_interaction_index ({COLUMNS})
select {COLUMNS} from jsonb_populate_record(null::llm.llm_interaction_index, $1::jsonb)
on conflict (file_path) do nothing
"""


@dataclass(frozen=True, slots=True)
class Spending:
    limit_usd: Decimal | None  # None: there is no limit
    spent_usd: Decimal  # calls under way included, at the most that they can cost


def over_budget(run_id: str, spending: Spending, usd: Decimal | None) -> OverBudget:
    """`usd`: the most that the call could cost which is refused."""
    if usd is None and spending.limit_usd:
        return OverBudget(
            f"run {run_id} has a budget, and the model's price is unknown: add it to LLM_PRICES_FILE"
        )
    return OverBudget(
        f"run {run_id} has spent {spending.spent_usd:f} of {spending.limit_usd:f} USD;"
        f" the next call could cost {usd or 0:f}"
    )


class Ledger:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def set_limit(self, tenant: str, run_id: str, usd: Decimal) -> None:
        """Lower or raise what a run may spend; parked work finds out when it tries again."""
        await self.pool.execute(
            "insert into llm.budget (tenant, run_id, limit_usd) values ($1, $2, $3)"
            " on conflict (tenant, run_id) do update set limit_usd = excluded.limit_usd",
            tenant,
            run_id,
            usd,
        )

    async def spending(self, tenant: str, run_id: str) -> Spending:
        row = await self.pool.fetchrow(
            "select limit_usd, spent_usd from llm.budget where (tenant, run_id) = ($1, $2)", tenant, run_id
        )
        return Spending(row["limit_usd"], row["spent_usd"]) if row else Spending(None, Decimal(0))

    async def reserve(
        self, call_id: UUID, call: Call, usd: Decimal | None, budget: Budget | None, seconds: float
    ) -> None:
        """Charge the most that a call can cost, or raise OverBudget. `usd` None: nobody knows."""
        limit = budget.limit_usd if budget else None
        row = await self.pool.fetchrow(
            "select * from llm.reserve($1, $2, $3, $4, $5, $6)",
            call_id,
            call.tenant,
            call.run_id,
            usd,
            limit,
            seconds,
        )
        assert row is not None  # noqa: S101 - a function of one row
        if not row["granted"]:
            raise over_budget(call.run_id, Spending(row["limit_usd"], row["spent_usd"]), usd)

    async def settle(self, call_id: UUID, usd: Decimal | None) -> None:
        """What the call did cost. None: not known, so what was reserved stays charged."""
        await self.pool.execute("select llm.settle($1, $2)", call_id, usd)

    async def record(self, row: Row) -> None:
        """Index a file and settle the call that it tells of. Twice is the same as once."""
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(INSERT, row.model_dump_json())
            if row.call_id is not None:
                await connection.execute("select llm.settle($1, $2)", row.call_id, row.cost_usd)

    def slots(self, provider: str, limits: Limits, longest_wait_seconds: float) -> Bucket:
        return Bucket(self.pool, provider, limits, longest_wait_seconds)

    async def indexed(self, tenant: str, run_id: str) -> set[str]:
        rows = await self.pool.fetch(
            "select file_path from llm.llm_interaction_index where (tenant, run_id) = ($1, $2)",
            tenant,
            run_id,
        )
        return {row["file_path"] for row in rows}
