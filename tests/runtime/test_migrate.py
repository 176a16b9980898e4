"""Migrations: many workers at once, and after a crash in the middle."""

import asyncio
from pathlib import Path

import asyncpg

from runtime import RUNTIME_MIGRATIONS, migrate

TABLES = {"run", "inbox", "member", "outbox", "dead_letter", "gate"}


async def tables_of(database: str, schema: str) -> set[str]:
    connection = await asyncpg.connect(database)
    try:
        rows = await connection.fetch("select tablename from pg_tables where schemaname = $1", schema)
        return {row["tablename"] for row in rows}
    finally:
        await connection.close()


async def test_five_workers_migrate_side_by_side(database: str) -> None:
    workers = [asyncio.to_thread(migrate, database, "probe", RUNTIME_MIGRATIONS) for _ in range(5)]
    await asyncio.gather(*workers)

    assert await tables_of(database, "probe") >= TABLES


async def test_a_lock_left_by_a_killed_worker_holds_nobody_up(database: str) -> None:
    await asyncio.to_thread(migrate, database, "probe", RUNTIME_MIGRATIONS)
    connection = await asyncpg.connect(database)
    await connection.execute(
        "insert into probe._migrations_runtime_lock (locked, ctime, pid) values (1, now(), 1)"
    )
    await connection.close()

    await asyncio.wait_for(asyncio.to_thread(migrate, database, "probe", RUNTIME_MIGRATIONS), 10)


async def test_two_stages_have_their_own_tables_and_views(database: str) -> None:
    for schema in ("probe", "other"):
        await asyncio.to_thread(migrate, database, schema, RUNTIME_MIGRATIONS)

    assert await tables_of(database, "other") >= TABLES
    connection = await asyncpg.connect(database)
    views = await connection.fetch("select viewname from pg_views where schemaname = 'read'")
    await connection.close()
    assert {"probe_runs_v1", "other_runs_v1"} <= {row["viewname"] for row in views}


async def test_a_service_and_the_runtime_share_a_schema(database: str, tmp_path: Path) -> None:
    folder = tmp_path / "probe" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001-own.sql").write_text("-- depends:\ncreate table own (id int);\n", "utf-8")

    for _ in range(2):
        await asyncio.to_thread(migrate, database, "probe", RUNTIME_MIGRATIONS, folder)

    assert await tables_of(database, "probe") >= {*TABLES, "own"}
