"""Frozen candidates and what is known of their packages become questions, one about each cluster drawn."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from contracts import Event, Unavailable
from contracts.clusters import Clustering
from contracts.deals import ItemsFrozen, Snapshot
from contracts.packages import Outcome, Packaging
from contracts.ranking import RankingBrief
from ranker.domain.ground import Asked, Ground
from ranker.domain.records import Begun, GivenUp
from ranker.domain.tasks import TakeStep
from ranker.handler.ports import Known, Maker, Rows, Writer
from ranker.handler.reading import Store
from runtime import Failure, RunKey, Transaction

LOOK_AGAIN_SECONDS: Final = 0.5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Beginning:
    begun: Begun
    tasks: tuple[TakeStep, ...] = ()


@dataclass(frozen=True, slots=True)
class BeginRun:
    rows: Rows
    known: Known
    writer: Writer
    maker: Maker
    store: Store
    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))  # one input in memory

    async def decide(self, frozen: ItemsFrozen) -> Beginning | None:
        """None: no ranking data are asked for."""
        if frozen.ranking is None:
            return None
        async with self.turn:
            return await self._begin(frozen, frozen.ranking)

    async def give_up(self, frozen: ItemsFrozen, failure: Failure) -> Beginning | None:
        """Nothing is asked."""
        if frozen.ranking is None:
            return None
        return Beginning(Begun(frozen, given_up=GivenUp(failure.code, failure.words)))

    async def record(
        self, tx: Transaction, frozen: ItemsFrozen, decision: Beginning | None
    ) -> Sequence[Event]:
        if decision is None or not await self.rows.begin(tx, decision.begun):
            return []
        await tx.expect({task.entity: tx.run.revision for task in decision.tasks})
        log.info(
            "Clusters were drawn",
            action="clusters_drawn",
            clusters=list(decision.begun.drawn),
            seed=decision.begun.brief.settings.seed,
        )
        return decision.tasks

    async def _begin(self, frozen: ItemsFrozen, brief: RankingBrief) -> Beginning:
        ground = await self._ground(frozen.tenant, brief)
        snapshot = await self.store.read(Snapshot, frozen.snapshot)
        material = await self.store.material(frozen, snapshot, ground)
        settings = brief.settings
        asked = await self.maker.asked(material, settings, self.writer.asker(settings.llm))
        kept = await self.store.keep(frozen.tenant, ground, len(ground.packages))
        tasks = [await self._task(frozen, brief, one) for one in asked]
        drawn = tuple(one.cluster_id for one in asked)
        return Beginning(Begun(frozen, kept, drawn), tuple(tasks))

    async def _ground(self, tenant: str, brief: RankingBrief) -> Ground:
        """The packages of the run that is named, as soon as all that belongs to them has been told."""
        if brief.packages_run is None:
            return Ground()
        run = RunKey(tenant, brief.packages_run, brief.packages_revision or 1)
        outcome_at = await self.known.outcome(run)
        if outcome_at is None:
            raise Unavailable(f"waiting for the end of {run.run_id}", LOOK_AGAIN_SECONDS)
        outcome = await self.store.read(Outcome, outcome_at)
        packaging = await self.store.read(Packaging, outcome.packaging)
        clustering = await self.store.read(Clustering, packaging.clustering)
        lost = {one.package_id for one in outcome.failed_packages}
        package_ids = [
            str(one.package_id)
            for one in packaging.packages
            if one.kind == "package" and one.package_id not in lost
        ]
        cluster_ids = [str(one.cluster_id) for one in clustering.clusters]
        ground = Ground(
            clusters=tuple(await self.known.clusters(run, cluster_ids)),
            packages=tuple(await self.known.packages(run, package_ids)),
        )
        if len(ground.packages) < len(set(package_ids)) or len(ground.clusters) < len(set(cluster_ids)):
            raise Unavailable(f"waiting for the packages of {run.run_id}", LOOK_AGAIN_SECONDS)
        return ground

    async def _task(self, frozen: ItemsFrozen, brief: RankingBrief, asked: Asked) -> TakeStep:
        return TakeStep(
            tenant=frozen.tenant,
            run_id=frozen.run_id,
            revision=frozen.revision,
            step="ask",
            name=asked.cluster_id,
            asked=await self.store.keep(frozen.tenant, asked, asked.wanted),
            settings=brief.settings,
            budget_usd=frozen.budget_usd,
        )
