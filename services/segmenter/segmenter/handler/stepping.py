"""One call: asked, checked, kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts import Event
from contracts.segmenting import BatchAsked, MergeAsked, RefineAsked
from runtime import Failure, Transaction
from segmenter.domain.extracting import batch_taxonomy
from segmenter.domain.merging import merged_taxonomy
from segmenter.domain.refining import refined_batch
from segmenter.domain.steps import Settled
from segmenter.domain.tasks import TakeStep
from segmenter.handler.ports import Asker, Rows
from segmenter.handler.reading import Objects


@dataclass(frozen=True, slots=True)
class MakeStep:
    rows: Rows
    asker: Asker
    objects: Objects

    async def decide(self, step: TakeStep) -> Settled:
        match step.phase:
            case "segmentation":
                return await self._extracted(step)
            case "consolidate_taxonomy":
                return await self._merged(step)
            case "refine_assignments":
                return await self._refined(step)

    async def give_up(self, step: TakeStep, failure: Failure) -> Settled:
        return Settled(code=failure.code, words=failure.words)

    async def record(self, tx: Transaction, step: TakeStep, settled: Settled) -> Sequence[Event]:
        await self.rows.settle(tx, step.phase, step.number, settled)
        return []

    async def _extracted(self, step: TakeStep) -> Settled:
        asked = await self.objects.read(BatchAsked, step.asked)
        said = await self.asker.extract(step, await self.objects.products(asked.bodies))
        taxonomy = batch_taxonomy(asked, said.value)
        reference = await self.objects.keep(step.tenant, taxonomy, len(asked.product_ids))
        return Settled(reference, "model", said.repaired)

    async def _merged(self, step: TakeStep) -> Settled:
        asked = await self.objects.read(MergeAsked, step.asked)
        said = await self.asker.merge(step, asked)
        merged = merged_taxonomy(asked, said.value)
        reference = await self.objects.keep(step.tenant, merged, len(asked.categories))
        return Settled(reference, "model", said.repaired)

    async def _refined(self, step: TakeStep) -> Settled:
        asked = await self.objects.read(RefineAsked, step.asked)
        said = await self.asker.refine(step, asked, await self.objects.products(asked.bodies))
        refined = refined_batch(asked, said.value)
        reference = await self.objects.keep(step.tenant, refined, len(asked.product_ids))
        return Settled(reference, "model", said.repaired)
