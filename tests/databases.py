"""Databases of single tests."""

import asyncio

import asyncpg

from tests.until import until


async def drop_database(admin: asyncpg.Connection, name: str) -> None:
    """An autovacuum worker may be in there for a moment, and only a superuser may end it."""

    async def dropped() -> bool:
        try:
            await admin.execute(f"drop database if exists {name} with (force)")
        except asyncpg.InsufficientPrivilegeError:
            return False
        return True

    await until(dropped, what=f"{name} is dropped")


def drop_database_now(dsn: str, name: str) -> None:
    """The same from a test without an event loop; `dsn` is that of another database of the server."""

    async def drop() -> None:
        admin = await asyncpg.connect(dsn)
        try:
            await drop_database(admin, name)
        finally:
            await admin.close()

    asyncio.run(drop())
