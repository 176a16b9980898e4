"""Rows of a move: what is moved, how far it is, and the index that points to it."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Literal, cast

import asyncpg

from contracts import Unavailable
from llm.layout import run_folder
from llm.paths import bucket_prefix

State = Literal["copying", "moved", "returning", "local"]

LOCK_SECONDS: Final = 10  # the server takes a moment to notice that the one before was killed
RUN: Final = "(tenant, run_id) = ($1, $2)"
OPEN: Final = """
insert into llm.interaction_move as m (tenant, run_id, bucket, state) values ($1, $2, $3, 'copying')
on conflict (tenant, run_id) do update
    set state = 'copying', changed_at = now(), bucket = case m.state when 'local' then $3 else m.bucket end
returning bucket
"""
FORGET: Final = """
delete from llm.interaction_move_file f using llm.interaction_move m
where (m.tenant, m.run_id) = ($1, $2) and m.state = 'local' and (f.tenant, f.run_id) = (m.tenant, m.run_id)
"""
PLAN: Final = """
insert into llm.interaction_move_file (tenant, run_id, key, sha256, bytes)
select $1, $2, * from unnest($3::text[], $4::text[], $5::bigint[]) on conflict do nothing
"""
OUT: Final = f"""
with changed as (
    update llm.llm_interaction_index i set
        file_path = $3 || file_path,
        prompt_file = case when exists (
            select from llm.interaction_move_file p
            where (p.tenant, p.run_id, p.key) = (i.tenant, i.run_id, i.prompt_file)
            and p.verified_at is not null
        ) then $3 || prompt_file else prompt_file end
    where {RUN} and exists (
        select from llm.interaction_move_file f
        where (f.tenant, f.run_id, f.key) = (i.tenant, i.run_id, i.file_path) and f.verified_at is not null
    )
    returning 1
)
select count(*) from changed
"""
BACK: Final = f"""
with changed as (
    update llm.llm_interaction_index set
        file_path = substr(file_path, length($3) + 1),
        prompt_file = case when starts_with(prompt_file, $3) then substr(prompt_file, length($3) + 1)
            else prompt_file end
    where {RUN} and starts_with(file_path, $3)
    returning 1
)
select count(*) from changed
"""


@dataclass(frozen=True, slots=True)
class Log:
    """Whose files are moved."""

    tenant: str
    run_id: str

    @property
    def folder(self) -> str:
        return f"{run_folder(self.tenant, self.run_id)}/"


@dataclass(frozen=True, slots=True)
class File:
    key: str
    sha256: str
    bytes: int
    verified: bool = False  # the copy in the bucket was read back
    removed: bool = False  # from the folder


@dataclass(frozen=True, slots=True)
class Indexed:
    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Move:
    bucket: str
    state: State


class Moves:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def alone(self, log: Log) -> AsyncIterator[None]:
        """Nobody else moves this log. Unavailable: somebody does."""
        name = f"assort.move.{log.tenant}/{log.run_id}"
        async with self._pool.acquire() as connection:
            await connection.execute(f"set lock_timeout = '{LOCK_SECONDS}s'")
            try:
                await connection.execute("select pg_advisory_lock(hashtextextended($1, 0))", name)
            except asyncpg.LockNotAvailableError as error:
                raise Unavailable(f"the log of {log.run_id} is being moved by another process") from error
            try:
                yield
            finally:
                await connection.execute("select pg_advisory_unlock(hashtextextended($1, 0))", name)

    async def find(self, log: Log) -> Move | None:
        query = f"select bucket, state from llm.interaction_move where {RUN}"
        row = await self._pool.fetchrow(query, log.tenant, log.run_id)
        return Move(row["bucket"], cast("State", row["state"])) if row else None

    async def open(self, log: Log, bucket: str) -> str:
        """Begin or go on; the bucket that it goes to. Once all is back, nothing is planned yet."""
        run = (log.tenant, log.run_id)
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(FORGET, *run)
            return str(await connection.fetchval(OPEN, *run, bucket))

    async def set_state(self, log: Log, state: State) -> None:
        await self._pool.execute(_state(), log.tenant, log.run_id, state)

    async def files(self, log: Log) -> dict[str, File]:
        rows = await self._pool.fetch(
            "select key, sha256, bytes, verified_at is not null as verified,"
            f" removed_at is not null as removed from llm.interaction_move_file where {RUN} order by key",
            log.tenant,
            log.run_id,
        )
        return {row["key"]: File(**dict(row)) for row in rows}

    async def plan(self, log: Log, files: Iterable[File]) -> None:
        """Files that are known already keep their row."""
        columns = list(zip(*((file.key, file.sha256, file.bytes) for file in files), strict=True))
        if columns:
            await self._pool.execute(PLAN, log.tenant, log.run_id, *map(list, columns))

    async def indexed(self, log: Log) -> list[Indexed]:
        rows = await self._pool.fetch(
            "select file_path as path, sha256, bytes from llm.llm_interaction_index"
            f" where {RUN} order by file_path",
            log.tenant,
            log.run_id,
        )
        return [Indexed(**dict(row)) for row in rows]

    async def mark(self, log: Log, key: str, what: Literal["verified_at", "removed_at"]) -> None:
        await self._pool.execute(
            f"update llm.interaction_move_file set {what} = now() where {RUN} and key = $3",
            log.tenant,
            log.run_id,
            key,
        )

    async def switch_out(self, log: Log, bucket: str) -> int:
        """The index points into the bucket; how many rows that changed."""
        return await self._switch(log, OUT, bucket, "moved")

    async def switch_back(self, log: Log, bucket: str) -> int:
        """The index points into the folder. The copies have to be verified anew before they count again."""
        return await self._switch(log, BACK, bucket, "local")

    async def _switch(self, log: Log, query: str, bucket: str, state: State) -> int:
        run = (log.tenant, log.run_id)
        async with self._pool.acquire() as connection, connection.transaction():
            changed = await connection.fetchval(query, *run, bucket_prefix(bucket))
            await connection.execute(_state(), *run, state)
            if state == "local":
                await connection.execute(
                    f"update llm.interaction_move_file set verified_at = null, removed_at = null where {RUN}",
                    *run,
                )
        return int(changed)


def _state() -> str:
    return f"update llm.interaction_move set state = $3, changed_at = now() where {RUN}"
