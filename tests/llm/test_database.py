"""The tables and views of the schema `llm`."""

import asyncio

import asyncpg

from llm import MIGRATIONS
from runtime.migrate import migrate


async def test_workers_that_start_together_can_all_migrate(database: str) -> None:
    for _ in range(2):
        await asyncio.gather(*(asyncio.to_thread(migrate, database, "llm", MIGRATIONS) for _ in range(3)))
    connection = await asyncpg.connect(database)
    assert await connection.fetchval("select count(*) from read.llm_budget_v1") == 0
    await connection.close()


async def test_the_reading_role_sees_the_views_and_nothing_else(database: str) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute(
        "do $$ begin if not exists (select from pg_roles where rolname = 'assort_read') then"
        " create role assort_read; end if; end $$"
    )
    await asyncio.to_thread(migrate, database, "llm", MIGRATIONS)
    may = "select has_table_privilege('assort_read', $1, 'select')"
    for view in ("llm_interactions_v1", "llm_cost_v1", "llm_budget_v1", "llm_interaction_moves_v1"):
        assert await connection.fetchval(may, f"read.{view}")
    assert not await connection.fetchval("select has_schema_privilege('assort_read', 'llm', 'usage')")
    await connection.close()
