"""Runs, counted pairs, bundles and what combos cost, as rows."""

from collections.abc import Sequence

import asyncpg

from bundler.adapters import sql
from bundler.domain.planning import Plan
from bundler.domain.records import Begun, ComboCost, Conclusion, GivenUp, Mined
from bundling.budget import Rolled, rolled
from contracts import Entity, Reference
from contracts.bundles import Bundle, BundleDescribed, BundleGenerated
from contracts.deals import ItemsFrozen
from contracts.runs import RunFinished
from runtime import RunKey, Transaction


class PostgresRows:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def begin(self, tx: Transaction, begun: Begun) -> bool:
        given_up = begun.given_up
        return bool(
            await tx.connection.fetchval(
                sql.BEGIN,
                *_key(tx.run),
                begun.brief.store,
                _text(begun.frozen),
                _text(begun.plan),
                _text(begun.book) if begun.book else None,
                begun.as_of_ms,
                begun.spent_ms,
                given_up.code if given_up else None,
                given_up.words if given_up else None,
            )
        )

    async def begun(self, run: RunKey) -> Begun:
        [row] = await self.pool.fetch(sql.BEGUN, *_key(run))
        return Begun(
            frozen=ItemsFrozen.read(row["frozen"]),
            plan=Plan.read(row["plan"]),
            book=Reference.read(row["book"]) if row["book"] else None,
            as_of_ms=row["as_of_ms"],
            spent_ms=row["spent_ms"],
            given_up=GivenUp(row["code"], row["words"]) if row["code"] else None,
        )

    async def settle(self, tx: Transaction, mined: Mined) -> None:
        pairs = _text(mined.pairs) if mined.pairs else None
        row = (mined.number, pairs, mined.complete, mined.duration_ms, mined.code)
        await tx.connection.execute(sql.SETTLE, *_key(tx.run), *row)

    async def mined(self, run: RunKey) -> Sequence[Mined]:
        return [_mined(row) for row in await self.pool.fetch(sql.MINED, *_key(run))]

    async def combo_cost(self, tenant: str, store: str) -> float | None:
        cost: float | None = await self.pool.fetchval(sql.COST, tenant, store)
        return cost

    async def finish(self, tx: Transaction, conclusion: Conclusion, *, told: bool) -> None:
        record = _text(conclusion.record) if conclusion.record else None
        await tx.connection.execute(sql.FINISH, *_key(tx.run), _text(conclusion.finished), told, record)
        bundles = [_bundle_row(bundle) for bundle in conclusion.bundles]
        await tx.connection.executemany(sql.SAVE_BUNDLE, [(*_key(tx.run), *row) for row in bundles])
        if conclusion.costs:
            await self._roll(tx, conclusion.costs)

    async def bundles(self, run: RunKey) -> Sequence[BundleGenerated]:
        return [_generated(run, row) for row in await self.pool.fetch(sql.BUNDLES, *_key(run))]

    async def conclusion(self, run: RunKey) -> Conclusion:
        return Conclusion(RunFinished.read(await self.pool.fetchval(sql.FINISHED, *_key(run))))

    async def describe(self, tx: Transaction, described: Sequence[BundleDescribed]) -> None:
        rows = [(*_key(tx.run), one.bundle_id, one.name, one.description) for one in described]
        await tx.connection.executemany(sql.DESCRIBE, rows)

    async def _roll(self, tx: Transaction, costs: Sequence[ComboCost]) -> None:
        """Under a lock on the store's rows, in one order for all."""
        store = await tx.connection.fetchval(sql.STORE, *_key(tx.run))
        name = (tx.run.tenant, store)
        known = {
            (row["objective"], row["type"]): Rolled(row["cost_ms"], row["runs"])
            for row in await tx.connection.fetch(sql.COSTS, *name)
        }
        for cost in sorted(costs, key=lambda one: (one.objective, one.kind)):
            before = known.get((cost.objective, cost.kind))
            after = rolled(before, cost.duration_ms)
            row = (*name, cost.objective, cost.kind, after.cost_ms, after.runs)
            await tx.connection.execute(sql.ROLL, *row)


def _mined(row: asyncpg.Record) -> Mined:
    pairs = Reference.read(row["pairs"]) if row["pairs"] else None
    return Mined(row["number"], pairs, row["complete"], row["duration_ms"], row["code"])


def _bundle_row(generated: BundleGenerated) -> tuple[object, ...]:
    bundle = generated.bundle
    words = (generated.name, generated.description)
    return (generated.rank, bundle.bundle_id, bundle.store, _text(bundle), *words)


def _generated(run: RunKey, row: asyncpg.Record) -> BundleGenerated:
    return BundleGenerated(
        tenant=run.tenant,
        run_id=run.run_id,
        revision=run.revision,
        bundle=Bundle.read(row["bundle"]),
        rank=row["rank"],
        name=row["name"],
        description=row["description"],
    )


def _key(run: RunKey) -> tuple[str, str, int]:
    return (run.tenant, run.run_id, run.revision)


def _text(entity: Entity) -> str:
    return entity.canonical().decode()
