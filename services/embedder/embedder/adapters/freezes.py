"""Inputs of runs, as rows."""

from collections.abc import Mapping, Sequence

import asyncpg

from contracts import Entity, Reference
from contracts.bundling import BundlesBrief
from contracts.deals import ItemsFrozen
from contracts.ranking import RankingBrief
from contracts.runs import RunKind, RunStatus
from contracts.segmentation import SegmentationBrief
from contracts.settings import PackageSettings
from contracts.unplaced import Unplaced
from embedder.adapters.rows import columns
from embedder.domain import Asked, Freeze, Selection, Shard
from embedder.domain.inputs import Brief
from runtime import RunKey, Transaction


class PostgresFreezes:
    WAITED = """
    insert into request (tenant, run_id) values ($1, $2)
    on conflict (tenant, run_id) do update set tenant = excluded.tenant
    returning extract(epoch from clock_timestamp() - first_seen)::float8
    """

    FIND = """
    select revision, state, request_sha256, status, kind from run_input
    where (tenant, run_id, revision) = ($1, $2, $3)
    """

    BEFORE = """
    select revision, state, request_sha256, status, kind from run_input
    where (tenant, run_id) = ($1, $2) and revision < $3 and state <> 'ended' order by revision desc limit 1
    """

    SELECTION = """
    select request_sha256, settings, budget_usd, asked, model, redo, segmentation, bundles, ranking
    from run_input
    where (tenant, run_id, revision) = ($1, $2, $3)
    """

    SHARDS = """
    select shard_id, bodies, item_ids from shard where (tenant, run_id, revision) = ($1, $2, $3)
    """

    UNPLACED = """
    select item_id, state, code, words from unplaced where (tenant, run_id, revision) = ($1, $2, $3)
    """

    INSERT = """
    insert into run_input (
        tenant, run_id, revision, state, request_sha256, settings, budget_usd, asked, model, redo, kind,
        segmentation, bundles, ranking
    )
    values ($1, $2, $3, 'selected', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    on conflict do nothing returning true
    """

    END = """
    insert into run_input (tenant, run_id, revision, state, request_sha256, kind)
    values ($1, $2, $3, 'ended', $4, $5) on conflict do nothing returning true
    """

    INSERT_SHARD = """
    insert into shard (tenant, run_id, revision, shard_id, bodies, item_ids) values ($1, $2, $3, $4, $5, $6)
    """

    INSERT_UNPLACED = """
    insert into unplaced (tenant, run_id, revision, state, item_id, code, words)
    select $1, $2, $3, $4, * from unnest($5::text[], $6::text[], $7::text[])
    """

    ADD_VECTORS = """
    update shard set vectors = $5 where (tenant, run_id, revision, shard_id) = ($1, $2, $3, $4)
    """

    VECTORS = """
    select s.shard_id, s.vectors from unnest($3::text[], $4::int[]) as made (shard_id, revision)
    join shard s on (s.tenant, s.run_id, s.revision, s.shard_id) = ($1, $2, made.revision, made.shard_id)
    where s.vectors is not null
    """

    FREEZE = """
    update run_input
    set state = 'frozen', snapshot_key = $4, snapshot_sha256 = $5, items = $6, failed = $7, excluded = $8,
        frozen_at = now()
    where (tenant, run_id, revision) = ($1, $2, $3)
    """

    KIND = """
    select kind from run_input where (tenant, run_id) = ($1, $2) order by revision desc limit 1
    """

    FINISHED = """
    select run_id, revision from run_input
    where tenant = $1 and kind = 'packages' and state = 'frozen'
      and status in ('completed', 'completed_with_failures')
      and ($2::text is null or run_id = $2) and ($3::int is null or revision = $3)
    order by frozen_at desc, run_id, revision desc limit 1
    """

    FINISH = "update run_input set status = $4 where (tenant, run_id, revision) = ($1, $2, $3)"

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def waited_seconds(self, run: RunKey) -> float:
        return float(await self.pool.fetchval(self.WAITED, run.tenant, run.run_id))

    async def find(self, run: RunKey) -> Freeze | None:
        return _freeze(await self.pool.fetchrow(self.FIND, *_key(run)))

    async def before(self, run: RunKey) -> Freeze | None:
        return _freeze(await self.pool.fetchrow(self.BEFORE, *_key(run)))

    async def selection(self, run: RunKey) -> Selection:
        row = await self.pool.fetchrow(self.SELECTION, *_key(run))
        if row is None:
            raise LookupError(f"nothing was selected for {run}")
        shards = await self.pool.fetch(self.SHARDS, *_key(run))
        unplaced = await self.pool.fetch(self.UNPLACED, *_key(run))
        return Selection(
            request_sha256=row["request_sha256"],
            shards=tuple(sorted(map(_shard, shards), key=lambda shard: shard.item_ids)),
            failed=_unplaced(unplaced, "failed"),
            excluded=_unplaced(unplaced, "excluded"),
            settings=PackageSettings.read(row["settings"]),
            budget_usd=row["budget_usd"],
            asked=Asked.read(row["asked"]),
            model=row["model"],
            redo=row["redo"],
            brief=_brief(row),
        )

    async def select(self, tx: Transaction, selection: Selection) -> bool:
        run, connection = _key(tx.run), tx.connection
        if not await connection.fetchval(self.INSERT, *run, *_facts(selection)):
            return False
        await connection.executemany(
            self.INSERT_SHARD, [(*run, s.shard_id, _text(s.bodies), s.item_ids) for s in selection.shards]
        )
        for state, unplaced in (("failed", selection.failed), ("excluded", selection.excluded)):
            rows = [(one.item_id, one.code, one.words) for one in unplaced]
            await connection.execute(self.INSERT_UNPLACED, *run, state, *columns(rows, 3))
        return True

    async def end(self, tx: Transaction, request_sha256: str, kind: RunKind) -> bool:
        return bool(await tx.connection.fetchval(self.END, *_key(tx.run), request_sha256, kind))

    async def kind(self, run: RunKey) -> RunKind | None:
        kind: RunKind | None = await self.pool.fetchval(self.KIND, run.tenant, run.run_id)
        return kind

    async def finished(self, tenant: str, run_id: str | None, revision: int | None) -> RunKey | None:
        row = await self.pool.fetchrow(self.FINISHED, tenant, run_id, revision)
        return RunKey(tenant, row["run_id"], row["revision"]) if row else None

    async def finish(self, tx: Transaction, status: RunStatus) -> None:
        await tx.connection.execute(self.FINISH, *_key(tx.run), status)

    async def add_vectors(self, tx: Transaction, shard_id: str, vectors: Reference) -> None:
        await tx.connection.execute(self.ADD_VECTORS, *_key(tx.run), shard_id, _text(vectors))

    async def vectors(self, run: RunKey, made_by: Mapping[str, int]) -> dict[str, Reference]:
        shards, revisions = list(made_by), list(made_by.values())
        rows = await self.pool.fetch(self.VECTORS, run.tenant, run.run_id, shards, revisions)
        return {row["shard_id"]: Reference.read(row["vectors"]) for row in rows}

    async def freeze(self, tx: Transaction, frozen: ItemsFrozen) -> None:
        counts = (frozen.items, frozen.failed, frozen.excluded)
        snapshot = (frozen.snapshot.key, frozen.snapshot.sha256)
        await tx.connection.execute(self.FREEZE, *_key(tx.run), *snapshot, *counts)


def _key(run: RunKey) -> tuple[str, str, int]:
    return (run.tenant, run.run_id, run.revision)


def _text(entity: Entity) -> str:
    return entity.canonical().decode()


def _facts(selection: Selection) -> tuple[object, ...]:
    return (
        selection.request_sha256,
        _text(selection.settings),
        selection.budget_usd,
        _text(selection.asked),
        selection.model,
        selection.redo,
        selection.kind,
        _text(selection.segmentation) if selection.segmentation else None,
        _text(selection.bundles) if selection.bundles else None,
        _text(selection.ranking) if selection.ranking else None,
    )


def _brief(row: asyncpg.Record) -> Brief | None:
    if row["ranking"]:
        return RankingBrief.read(row["ranking"])
    if row["bundles"]:
        return BundlesBrief.read(row["bundles"])
    return SegmentationBrief.read(row["segmentation"]) if row["segmentation"] else None


def _freeze(row: asyncpg.Record | None) -> Freeze | None:
    return Freeze(**dict(row)) if row else None


def _shard(row: asyncpg.Record) -> Shard:
    return Shard(row["shard_id"], Reference.read(row["bodies"]), tuple(row["item_ids"]))


def _unplaced(rows: Sequence[asyncpg.Record], state: str) -> tuple[Unplaced, ...]:
    found = [
        Unplaced(item_id=row["item_id"], code=row["code"], words=row["words"])
        for row in rows
        if row["state"] == state
    ]
    return tuple(sorted(found, key=lambda one: one.item_id))
