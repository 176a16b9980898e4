"""Runs that follow the feed, as rows. Whoever locks several does so in the order of their ids."""

from collections.abc import Sequence

import asyncpg

from contracts.deals import Following
from embedder.domain import Followed
from runtime import Transaction


class PostgresFollowings:
    # The first look finds what was published between the selection and this row.
    START = """
    insert into following as f (
        tenant, run_id, asked_revision, quiet_seconds, max_changes, every, changes, first_change_at,
        last_change_at, watching, watch
    )
    values ($1, $2, $3, $4, $5, $6, 1, clock_timestamp(), clock_timestamp(), true, nextval('watch_number'))
    on conflict (tenant, run_id) do update
    set quiet_seconds = excluded.quiet_seconds, max_changes = excluded.max_changes, every = excluded.every,
        changes = f.changes + 1, last_change_at = excluded.last_change_at, watching = true,
        first_change_at = coalesce(f.first_change_at, excluded.first_change_at),
        watch = case when f.watching then f.watch else excluded.watch end
    returning watch
    """

    LOCK = "select true from following where (tenant, run_id) = ($1, $2) for update"

    ASK = "update following set every = $3 where (tenant, run_id) = ($1, $2) and every <> $3"

    FORGET_DEALS = """
    delete from followed_deal where (tenant, run_id) = ($1, $2) and item_id <> all($3::text[])
    """

    ADD_DEALS = """
    insert into followed_deal (tenant, run_id, item_id)
    select $1, $2, unnest($3::text[]) on conflict do nothing
    """

    STOP = "delete from following where (tenant, run_id) = ($1, $2) returning true"

    COUNT = """
    with followed as (
        select f.run_id, f.every from following f where f.tenant = $1 order by f.run_id for update
    ), counted as (
        select f.run_id, case when f.every then cardinality($2::text[]) else (
            select count(*) from unnest($2::text[]) as changed (item_id)
            join followed_deal d on (d.tenant, d.item_id, d.run_id) = ($1, changed.item_id, f.run_id)
        ) end as changes
        from followed f
    )
    update following f
    set changes = f.changes + c.changes, first_change_at = coalesce(f.first_change_at, clock_timestamp()),
        last_change_at = clock_timestamp(), watching = true,
        watch = case when f.watching then f.watch else nextval('watch_number') end
    from counted c where (f.tenant, f.run_id) = ($1, c.run_id) and c.changes > 0
    returning f.run_id, f.watch
    """

    FINISHED = """
    update following f
    set changes = f.changes + 1, first_change_at = coalesce(f.first_change_at, clock_timestamp()),
        last_change_at = coalesce(f.last_change_at, clock_timestamp()), watching = true,
        watch = case when f.watching then f.watch else nextval('watch_number') end
    where (f.tenant, f.run_id) = ($1, $2) and exists (
        select from run_input r where (r.tenant, r.run_id, r.revision) = ($1, $2, $3)
          and r.revision > 1 and r.request_sha256 <> f.asked_sha256
    )
    returning f.watch
    """

    FIND = """
    select f.quiet_seconds, f.max_changes, f.changes, f.asked_revision,
           coalesce(last.revision, 0) as last_revision,
           coalesce(last.status is not null, false) as last_is_over,
           coalesce(extract(epoch from clock_timestamp() - f.last_change_at), 0)::float8 as quiet_for_seconds
    from following f
    left join lateral (
        select r.revision, r.status from run_input r where (r.tenant, r.run_id) = (f.tenant, f.run_id)
        order by r.revision desc limit 1
    ) last on true
    where (f.tenant, f.run_id, f.watch) = ($1, $2, $3) and f.watching
    """

    SETTLE = """
    update following f
    set changes = f.changes - $4, watching = f.changes > $4,
        first_change_at = case when f.changes > $4 then f.last_change_at end,
        watch = case when f.changes > $4 then nextval('watch_number') else f.watch end,
        asked_revision = coalesce($5, f.asked_revision), asked_sha256 = coalesce($6, f.asked_sha256)
    where (f.tenant, f.run_id, f.watch) = ($1, $2, $3) and f.watching
    returning case when f.watching then f.watch end
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def start(self, tx: Transaction, following: Following, ids: Sequence[str] | None) -> int:
        row = (*_run(tx), tx.run.revision, following.quiet_seconds, following.max_changes, ids is None)
        number = await tx.connection.fetchval(self.START, *row)
        await self._deals(tx, ids)
        return int(number)

    async def ask(self, tx: Transaction, ids: Sequence[str] | None) -> None:
        if await tx.connection.fetchval(self.LOCK, *_run(tx)):
            await tx.connection.execute(self.ASK, *_run(tx), ids is None)
            await self._deals(tx, ids)

    async def stop(self, tx: Transaction) -> bool:
        return bool(await tx.connection.fetchval(self.STOP, *_run(tx)))

    async def count(self, tx: Transaction, tenant: str, item_ids: Sequence[str]) -> list[tuple[str, int]]:
        rows = await tx.connection.fetch(self.COUNT, tenant, item_ids)
        return sorted((row["run_id"], row["watch"]) for row in rows)

    async def finished(self, tx: Transaction) -> int | None:
        number: int | None = await tx.connection.fetchval(self.FINISHED, *_run(tx), tx.run.revision)
        return number

    async def find(self, tenant: str, run_id: str, watch: int) -> Followed | None:
        row = await self.pool.fetchrow(self.FIND, tenant, run_id, watch)
        return Followed(**dict(row)) if row else None

    async def settle(
        self, tx: Transaction, run_id: str, watch: int, seen: int, asked: tuple[int, str] | None
    ) -> int | None:
        values = (tx.run.tenant, run_id, watch, seen, *(asked or (None, None)))
        number: int | None = await tx.connection.fetchval(self.SETTLE, *values)
        return number

    async def _deals(self, tx: Transaction, ids: Sequence[str] | None) -> None:
        await tx.connection.execute(self.FORGET_DEALS, *_run(tx), ids or [])
        if ids:
            await tx.connection.execute(self.ADD_DEALS, *_run(tx), ids)


def _run(tx: Transaction) -> tuple[str, str]:
    return (tx.run.tenant, tx.run.run_id)
