"""The end of a revision: what became of every product."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from contracts import Event
from contracts.deals import Snapshot
from contracts.runs import RunFinished
from contracts.segmentation import Segmentation, SegmentationOutcome, SegmentsAssigned
from contracts.unplaced import Unplaced
from runtime import RunKey, Transaction
from segmenter.domain.assigning import Assigned, FirstPass
from segmenter.domain.confidence import FITTED, REFINED, confidence
from segmenter.domain.ending import counts_of, segmentation, segments_of, status_of, words_of
from segmenter.domain.margins import Labels
from segmenter.domain.products import Catalog
from segmenter.domain.records import Begun, Conclusion, FirstAssignment, LastAssignment
from segmenter.domain.refining import Placed, Refinement, refine
from segmenter.domain.steps import Opened, Settled, Step
from segmenter.domain.summary import ResultSummary, summary
from segmenter.handler.ports import Costs, Rows
from segmenter.handler.reading import Objects

LOST = "the input cannot be read any more: nobody can say what became of its products"


@dataclass(frozen=True, slots=True)
class Pass:
    """All that is known once categories are merged."""

    begun: Begun
    steps: Sequence[Step]
    snapshot: Snapshot
    catalog: Catalog
    found: FirstPass
    here: Placed
    by_name: tuple[tuple[Opened, Settled], ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    conclusion: Conclusion
    by_name: tuple[tuple[Opened, Settled], ...] = ()
    first: FirstAssignment | None = None
    last: LastAssignment | None = None


@dataclass(frozen=True, slots=True)
class Finishing:
    rows: Rows
    objects: Objects
    costs: Costs

    async def unrefined(self, passed: Pass, *, cancelled: bool) -> Ended:
        """The first assignment is the last."""
        first = FirstAssignment(passed.found.categories, await asyncio.to_thread(assigned, passed.here))
        found = _segmentation(passed, first.assigned)
        conclusion = await self._conclusion(passed.begun, passed.steps, found, cancelled=cancelled)
        told = replace(conclusion, summary=summary(passed.steps, found, first.assigned))
        return Ended(told, passed.by_name, first)

    async def refined(self, passed: Pass, *, cancelled: bool) -> Ended:
        answers = await self.objects.refined(passed.steps)
        roll_back = passed.begun.params.features.roll_back
        refined = await asyncio.to_thread(refine, passed.here, answers, roll_back=roll_back)
        last = await asyncio.to_thread(_last, passed.here, refined)
        found = _segmentation(passed, last.assigned, last.moved)
        conclusion = await self._conclusion(passed.begun, passed.steps, found, cancelled=cancelled)
        told = replace(conclusion, summary=summary(passed.steps, found, last.assigned, refined))
        return Ended(told, last=last)

    async def unassigned(
        self, begun: Begun, steps: Sequence[Step], snapshot: Snapshot | None, *, cancelled: bool
    ) -> Ended:
        """It never came to an assignment: all products have failed."""
        if snapshot is None:
            return Ended(await self._lost(begun))
        failed = await self._all_failed(begun, snapshot, cancelled=cancelled)
        nothing = segmentation(begun.frozen.snapshot, (), (), failed, snapshot.excluded)
        return Ended(await self._conclusion(begun, steps, nothing, cancelled=cancelled))

    async def record(self, tx: Transaction, ended: Ended) -> Sequence[Event]:
        if ended.last is not None:
            await self.rows.reassign(tx, ended.last)
        version = await self.rows.finish(tx, ended.conclusion)
        told = [_told(ended.conclusion, version)] if version is not None else []
        return [*told, ended.conclusion.finished]

    async def _conclusion(
        self, begun: Begun, steps: Sequence[Step], found: Segmentation, *, cancelled: bool
    ) -> Conclusion:
        tenant, counts, run = begun.frozen.tenant, counts_of(found), _run(begun)
        stored = await self.objects.keep(tenant, found, len(found.segments))
        outcome = SegmentationOutcome(
            segmentation=stored,
            placed=tuple(sorted(chain.from_iterable(segment.product_ids for segment in found.segments))),
            failed=found.failed,
            excluded=found.excluded,
        )
        items = counts.placed + counts.failed + counts.excluded
        failed_steps = sum(step.state == "failed" for step in steps)
        finished = RunFinished(
            tenant=tenant,
            run_id=run.run_id,
            revision=run.revision,
            kind="segmentation",
            status=status_of(counts, failed_steps=failed_steps, cancelled=cancelled),
            counts=counts,
            outcome=await self.objects.keep(tenant, outcome, items),
            cost=await self.costs.of(run),
            words=words_of(found.failed),
        )
        return Conclusion(finished, summary(steps, found), found, stored)

    async def _lost(self, begun: Begun) -> Conclusion:
        run = _run(begun)
        finished = RunFinished(
            tenant=run.tenant,
            run_id=run.run_id,
            revision=run.revision,
            kind="segmentation",
            status="failed",
            cost=await self.costs.of(run),
            words=LOST,
        )
        return Conclusion(finished, ResultSummary())

    async def _all_failed(self, begun: Begun, snapshot: Snapshot, *, cancelled: bool) -> tuple[Unplaced, ...]:
        why = begun.given_up
        code, words = (why.code, why.words) if why else ("snapshot_damaged", LOST)
        if cancelled:
            code, words = "cancelled", "the run was cancelled"
        names = await self.objects.names(snapshot)
        return (
            *(Unplaced(item_id=item_id, code=code, words=words) for item_id in names),
            *snapshot.failed,
        )


def assigned(here: Placed, labels: Labels | None = None) -> Assigned:
    """With these labels after a refinement; none: as it was first."""
    numbers, curve = (here.space.labels, FITTED) if labels is None else (labels, REFINED)
    likely = confidence(here.margins(labels), curve)
    return Assigned(
        {
            item_id: here.categories[number].category_id
            for item_id, number in zip(here.item_ids, numbers, strict=True)
        },
        {item_id: float(one) for item_id, one in zip(here.item_ids, likely, strict=True)},
    )


def _last(here: Placed, refined: Refinement) -> LastAssignment:
    away = zip(here.item_ids, here.space.labels != refined.labels, strict=True)
    moved = frozenset(item_id for item_id, is_away in away if is_away)
    return LastAssignment(assigned(here, refined.labels), moved, refined.batches)


def _segmentation(passed: Pass, final: Assigned, moved: frozenset[str] = frozenset()) -> Segmentation:
    content_of = {product.item_id: product.content_sha256 for product in passed.catalog.products}
    settings = (passed.begun.params, passed.begun.config)
    segments = segments_of(passed.found.categories, final.category_of, content_of, settings)
    failed = (*passed.found.failed, *passed.snapshot.failed)
    snapshot = passed.begun.frozen.snapshot
    return segmentation(snapshot, segments, tuple(moved), failed, passed.snapshot.excluded)


def _told(conclusion: Conclusion, version: int) -> SegmentsAssigned:
    finished, counts, stored = conclusion.finished, conclusion.finished.counts, conclusion.stored
    assert stored is not None  # noqa: S101 - a taxonomy with a number was stored
    return SegmentsAssigned(
        tenant=finished.tenant,
        run_id=finished.run_id,
        revision=finished.revision,
        segmentation=stored,
        taxonomy_version=version,
        segments=counts.segments,
        placed=counts.placed,
        out_of_scope=counts.out_of_scope,
        failed=counts.failed,
        excluded=counts.excluded,
    )


def _run(begun: Begun) -> RunKey:
    frozen = begun.frozen
    return RunKey(frozen.tenant, frozen.run_id, frozen.revision)
