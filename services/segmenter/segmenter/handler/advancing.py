"""What comes next once every call of a phase is made or has failed: more merges, refinement, the end."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from contracts import Event, WorkFailed
from contracts.deals import Snapshot
from contracts.segmenting import MergeAsked, MergedTaxonomy, RefineAsked
from runtime import Closing, Transaction
from segmenter.domain.assigning import FirstPass, first_pass
from segmenter.domain.margins import Labels
from segmenter.domain.merging import MergeRule, Tree, grow, leaves, lost, merged_by_name
from segmenter.domain.products import Catalog, weights
from segmenter.domain.records import Begun, FirstAssignment, GivenUp
from segmenter.domain.refining import Placed, between, offered, placed
from segmenter.domain.steps import Opened, Settled, Step, with_names
from segmenter.domain.tasks import TakeStep
from segmenter.handler.beginning import expected
from segmenter.handler.finishing import Ended, Finishing, Pass, assigned
from segmenter.handler.ports import Grouper, Rows
from segmenter.handler.reading import Extracted, Objects

Named = tuple[Opened, Settled]  # a merge that was made by names


@dataclass(frozen=True, slots=True)
class Next:
    """The calls of the next phase, or of the next level of merges."""

    begun: Begun
    steps: tuple[Opened, ...]
    by_name: tuple[Named, ...] = ()
    first: FirstAssignment | None = None


@dataclass(frozen=True, slots=True)
class Consolidated:
    tree: Tree
    merged: dict[int, MergedTaxonomy]
    by_name: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Advance:
    rows: Rows
    grouper: Grouper
    objects: Objects
    finishing: Finishing

    async def decide(self, closing: Closing[TakeStep]) -> Next | Ended:
        begun = await self.rows.begun(closing.run)
        read = await self.objects.catalog_if_readable(begun.frozen.snapshot)
        steps = await self.rows.steps(closing.run)
        if read is None or read[1] is None or begun.given_up or (closing.cancelled and not begun.refining):
            snapshot = read[0] if read else None
            return await self.finishing.unassigned(begun, steps, snapshot, cancelled=closing.cancelled)
        try:
            return await self._go_on(closing, begun, steps, read[0], read[1])
        except WorkFailed as lost:  # a result of a call cannot be read any more, but the run must end
            begun = replace(begun, given_up=GivenUp(lost.code, lost.words))
            return await self.finishing.unassigned(begun, steps, read[0], cancelled=closing.cancelled)

    async def record(
        self, tx: Transaction, closing: Closing[TakeStep], decision: Next | Ended
    ) -> Sequence[Event]:
        await self.rows.merge_by_name(tx, decision.by_name)
        if decision.first is not None:
            await self.rows.assign(tx, decision.first)
        if isinstance(decision, Ended):
            return await self.finishing.record(tx, decision)
        await self.rows.open(tx, decision.steps)
        return await expected(tx, decision.begun, decision.steps)

    async def _go_on(
        self,
        closing: Closing[TakeStep],
        begun: Begun,
        steps: Sequence[Step],
        snapshot: Snapshot,
        catalog: Catalog,
    ) -> Next | Ended:
        extracted = await self.objects.extracted(steps)
        names = await self._consolidated(begun, steps, extracted, catalog)
        if names.tree.open:
            opened = [await self._merge(begun, asked) for asked in names.tree.open]
            return Next(begun, tuple(opened), names.by_name)
        found = self._first(begun, extracted, names)
        here = await asyncio.to_thread(placed, catalog, found)
        known = with_names(steps, names.by_name)
        passed = Pass(begun, known, snapshot, catalog, found, here, names.by_name)
        opened = [] if begun.refining else await self._refinements(begun, catalog, here)
        if opened:
            first = FirstAssignment(found.categories, await asyncio.to_thread(assigned, here))
            return Next(begun, tuple(opened), names.by_name, first)
        finish = self.finishing.refined if begun.refining else self.finishing.unrefined
        return await finish(passed, cancelled=closing.cancelled)

    async def _consolidated(
        self, begun: Begun, steps: Sequence[Step], extracted: Extracted, catalog: Catalog
    ) -> Consolidated:
        """As far as merges are made, and those that names have to make."""
        merged, by_name = await self.objects.merged(steps), list[Named]()
        refused = {step.opened.number: step for step in steps if step.opened.phase == "consolidate_taxonomy"}
        products = dict(zip(catalog.item_ids, catalog.products, strict=True))
        nodes, rule = leaves(extracted.found, products), _rule(begun)
        features = begun.params.features
        while True:
            tree = grow(nodes, merged, rule)
            named = [
                asked for asked in tree.open if not features.consolidate_by_model or asked.number in refused
            ]
            if not named:
                return Consolidated(tree, merged, tuple(by_name))
            for asked in named:
                may = features.merge_by_name or not features.consolidate_by_model
                merged[asked.number] = merged_by_name(asked) if may else lost(asked)
                by_name.append(await self._named(begun, asked, merged[asked.number]))

    def _first(self, begun: Begun, extracted: Extracted, names: Consolidated) -> FirstPass:
        taxonomy = names.tree.nodes[0] if names.tree.nodes else ()
        return first_pass(extracted.found, extracted.failed, names.merged, taxonomy, begun.category)

    async def _merge(self, begun: Begun, asked: MergeAsked) -> Opened:
        reference = await self.objects.keep(begun.frozen.tenant, asked, len(asked.categories))
        return Opened("consolidate_taxonomy", asked.number, reference, level=asked.level)

    async def _named(self, begun: Begun, asked: MergeAsked, merged: MergedTaxonomy) -> Named:
        reference = await self.objects.keep(begun.frozen.tenant, merged, len(merged.categories))
        return await self._merge(begun, asked), Settled(reference, "names")

    async def _refinements(self, begun: Begun, catalog: Catalog, here: Placed) -> list[Opened]:
        told = begun.params
        if not told.features.refine:
            return []
        rows = await asyncio.to_thread(between, here, told.refinement_share)
        chosen = here.rows[rows]
        batches = await self.grouper.batches(
            catalog.items.vectors[chosen],
            weights([catalog.products[row] for row in chosen]),
            size=told.products_per_refinement,
            weight=told.data_tokens,
            seed=told.seed,
        )
        return await asyncio.gather(
            *(
                self._refinement(begun, number, catalog, here, rows[batch])
                for number, batch in enumerate(batches)
            )
        )

    async def _refinement(
        self, begun: Begun, number: int, catalog: Catalog, here: Placed, rows: Labels
    ) -> Opened:
        tenant, of_catalog = begun.frozen.tenant, here.rows[rows].tolist()
        asked = RefineAsked(
            number=number,
            categories=offered(here, rows),
            product_ids=tuple(here.item_ids[row] for row in rows),
            current=tuple(here.categories[here.space.labels[row]].category_id for row in rows),
            bodies=await self.objects.keep_lines(tenant, catalog.lines(of_catalog), len(rows)),
        )
        reference = await self.objects.keep(tenant, asked, len(rows))
        return Opened("refine_assignments", number, reference, products=len(rows))


def _rule(begun: Begun) -> MergeRule:
    return MergeRule(begun.params.taxonomies_per_consolidation, begun.params.data_tokens)
