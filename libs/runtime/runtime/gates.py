"""Why a stage as a whole stands still, where everybody can see it."""

from typing import Literal

from runtime.work import Database

Gate = Literal["credentials", "flood"]

SHUT = """
insert into gate (name, reason) values ($1, $2) on conflict (name) do update set reason = excluded.reason
"""


async def shut(connection: Database, gate: Gate, reason: str) -> None:
    await connection.execute(SHUT, gate, reason)


async def open_again(connection: Database, gate: Gate) -> None:
    await connection.execute("delete from gate where name = $1", gate)
