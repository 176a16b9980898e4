"""The input of a run, told once every shard is embedded or has failed."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts import Event
from contracts.deals import ItemsFrozen
from embedder.domain import snapshot
from embedder.handler.revisions import Freezes
from embedder.handler.tasks import EmbedShard
from objects import ObjectStore, put_content
from runtime import Closing, Failure, Transaction


@dataclass(frozen=True, slots=True)
class Freezing:
    """Tells of the frozen input, once every shard is embedded or has failed."""

    freezes: Freezes
    store: ObjectStore

    async def decide(self, closing: Closing[EmbedShard]) -> ItemsFrozen:
        run = closing.run
        selection = await self.freezes.selection(run)
        made_by = {member.member_id: member.made_by for member in closing.members if member.state == "done"}
        lost = {
            member.member_id: _lost(member.state, member.failure)
            for member in closing.members
            if member.state != "done"
        }
        frozen = snapshot(selection, await self.freezes.vectors(run, made_by), lost)
        reference = await put_content(
            self.store, f"{run.tenant}/snapshots", frozen.canonical(), count=frozen.items
        )
        return ItemsFrozen(
            tenant=run.tenant,
            run_id=run.run_id,
            revision=run.revision,
            snapshot=reference,
            items=frozen.items,
            failed=len(frozen.failed),
            excluded=len(frozen.excluded),
            kind=selection.item_kind,
            segmentation=selection.segmentation,
            bundles=selection.bundles,
            ranking=selection.ranking,
            settings=selection.settings,
            budget_usd=selection.budget_usd,
            redo=selection.redo,
        )

    async def record(
        self, tx: Transaction, closing: Closing[EmbedShard], frozen: ItemsFrozen
    ) -> Sequence[Event]:
        await self.freezes.freeze(tx, frozen)
        return [frozen]


def _lost(state: str, failure: Failure | None) -> tuple[str, str]:
    words = f"{failure.code}: {failure.words}" if failure else ""
    return ("cancelled" if state == "cancelled" else "not_embedded", words)
