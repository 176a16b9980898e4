"""Once all queries are written: their vectors. Once those are there: records, and the end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from contracts import Event, InvalidEvent, Reference, WorkFailed
from contracts.deals import Snapshot
from contracts.ranking_data import EmbeddingRequested, FailedQueries
from contracts.ranking_report import RankingReport
from ranker.domain.concluding import concluded, failed_all, unreadable, with_unread
from ranker.domain.ground import Ground
from ranker.domain.making import texts_of, versions_of
from ranker.domain.records import Begun, Conclusion, GivenUp, QuerySet
from ranker.domain.tasks import TakeStep
from ranker.handler.ports import Costs, Maker, Rows, Writer
from ranker.handler.reading import Store
from ranking.record import Record
from runtime import Closing, Member, RunKey, Transaction

CANCELLED: Final = GivenUp("cancelled", "the run was cancelled")
NO_QUERIES: Final = "queries_failed"


@dataclass(frozen=True, slots=True)
class Waiting:
    """The queries are there, their vectors are not."""

    request: EmbeddingRequested
    task: TakeStep


@dataclass(frozen=True, slots=True)
class Close:
    rows: Rows
    writer: Writer
    maker: Maker
    store: Store
    costs: Costs

    async def decide(self, closing: Closing[TakeStep]) -> Conclusion | Waiting:
        begun = await self.rows.begun(closing.run)
        snapshot = await self.store.snapshot_if_readable(begun.frozen.snapshot)
        if snapshot is None:
            return await self._with_cost(closing.run, unreadable(begun))
        waited = [member for member in closing.members if member.member_id.startswith("await/")]
        stopped = _stopped(closing, begun)
        sets = await self.rows.queries(closing.run)
        if stopped is None and sets and not waited:
            return await self._waiting(begun, sets)
        concluded_as = await self._concluded(closing, begun, snapshot, sets, stopped)
        return await self._with_cost(closing.run, concluded_as)

    async def record(
        self, tx: Transaction, closing: Closing[TakeStep], decision: Conclusion | Waiting
    ) -> Sequence[Event]:
        if isinstance(decision, Waiting):
            await tx.expect({decision.task.entity: tx.run.revision})
            return [decision.request, decision.task]
        await self.rows.finish(tx, decision)
        told: list[Event] = [decision.generated] if decision.generated else []
        return [*told, decision.finished]

    async def _waiting(self, begun: Begun, sets: Sequence[QuerySet]) -> Waiting:
        frozen, settings = begun.frozen, begun.brief.settings
        snapshot = await self.store.read(Snapshot, frozen.snapshot)
        texts = await self.store.keep_texts(frozen.tenant, texts_of(sets))
        request = EmbeddingRequested(
            tenant=frozen.tenant,
            run_id=frozen.run_id,
            revision=frozen.revision,
            texts=texts,
            embedding_model=settings.embedding_model,
            model=snapshot.model,
        )
        task = TakeStep(
            tenant=frozen.tenant,
            run_id=frozen.run_id,
            revision=frozen.revision,
            step="await",
            name=texts.sha256,
            settings=settings,
        )
        return Waiting(request, task)

    async def _concluded(
        self,
        closing: Closing[TakeStep],
        begun: Begun,
        snapshot: Snapshot,
        sets: Sequence[QuerySet],
        stopped: GivenUp | None,
    ) -> Conclusion:
        failed = [_failed(member) for member in closing.members if _has_failed(member)]
        try:
            if stopped is None:
                vectors = await self._vectors(closing.run, sets) if sets or begun.drawn else b""
                return await self._made(begun, snapshot, sets, vectors, failed)
        except (
            WorkFailed,
            InvalidEvent,
        ) as failure:  # a part of the input is lost or bad, but the run must end
            stopped = GivenUp(failure.code, failure.words)
        names = await self.store.names(begun.frozen, snapshot)
        outcome = failed_all(begun, snapshot, names, failed, stopped)
        kept = await self.store.keep(begun.frozen.tenant, outcome, len(names))
        return concluded(begun, outcome, kept, stopped=stopped)

    async def _made(
        self,
        begun: Begun,
        snapshot: Snapshot,
        sets: Sequence[QuerySet],
        vectors: bytes,
        failed: Sequence[FailedQueries],
    ) -> Conclusion:
        frozen, brief = begun.frozen, begun.brief
        ground = await self.store.read(Ground, begun.ground) if begun.ground else Ground()
        material = await self.store.material(frozen, snapshot, ground)
        dataset = await self.maker.made(
            material,
            begun.drawn,
            sets,
            vectors,
            brief.settings,
            source=f"packages {brief.packages_run}" if brief.packages_run else "graph",
            versions=versions_of(brief.settings, self.writer.asker(brief.settings.llm)),
        )
        kept = await self._keep(frozen.tenant, dataset.records, dataset.report)
        outcome = with_unread(
            await self.maker.outcome(
                material, dataset, begun.drawn, failed, snapshot=frozen.snapshot, kept=kept
            ),
            snapshot,
        )
        reference = await self.store.keep(frozen.tenant, outcome, snapshot.items)
        return concluded(begun, outcome, reference, report=dataset.report, records=dataset.records)

    async def _vectors(self, run: RunKey, sets: Sequence[QuerySet]) -> bytes:
        texts = await self.store.keep_texts(run.tenant, texts_of(sets))
        told = await self.rows.embedded(run, texts.sha256)
        if told is None or told.vectors is None:
            code, words = (told.code, told.words) if told else (NO_QUERIES, "no cluster has queries")
            raise WorkFailed(code, words)
        return await self.store.body(told.vectors)

    async def _keep(
        self, tenant: str, records: Sequence[Record], report: RankingReport
    ) -> tuple[Reference, Reference]:
        return await self.store.keep_records(tenant, records), await self.store.keep(tenant, report, 1)

    async def _with_cost(self, run: RunKey, conclusion: Conclusion) -> Conclusion:
        finished = conclusion.finished.model_copy(update={"cost": await self.costs.of(run)})
        return replace(conclusion, finished=finished)


def _stopped(closing: Closing[TakeStep], begun: Begun) -> GivenUp | None:
    return CANCELLED if closing.cancelled else begun.given_up


def _has_failed(member: Member[TakeStep]) -> bool:
    return member.member_id.startswith("ask/") and member.state != "done"


def _failed(member: Member[TakeStep]) -> FailedQueries:
    failure = member.failure
    return FailedQueries(
        cluster_id=member.member_id.removeprefix("ask/"),
        code=failure.code if failure else member.state,
        words=failure.words if failure else "",
    )
