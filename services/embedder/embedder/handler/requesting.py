"""What a run asks for: selected as it now is, in its first revision and in every later one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from contracts import Event, InvalidEvent, Unavailable
from contracts.deals import PackagesRequested
from embedder.domain import Selection, asked_of, not_published, revised_redo, withdrawn
from embedder.handler.embedding import Models, wanted
from embedder.handler.following import Followings, watches
from embedder.handler.revisions import Chosen, Ended, Freezes, choose, digest, earlier_of, end, ended_by
from embedder.handler.selecting import Selecting
from runtime import Failure, RunKey, Transaction
from runtime.work import run_of

LOOK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Request:
    """Selects what a run asks for. A later revision follows upon the one before it, once that is over."""

    freezes: Freezes
    followings: Followings
    selecting: Selecting
    models: Models

    async def decide(self, request: PackagesRequested) -> Chosen | None:
        """None: this very request was answered already."""
        found = await self.freezes.find(run_of(request))
        if found is not None:
            if found.request_sha256 != digest(request):
                raise InvalidEvent(
                    "run_exists", f"{request.run_id} is another request; give each run its own id"
                )
            return None
        earlier = await self._earlier(request)
        encoding = await wanted(self.models, request.settings.embedding_model)
        ids = await self.selecting.asked_ids(request.tenant, asked_of(request))
        selection = await self._selection(request, ids, encoding.model)
        if earlier is None:
            return Chosen(selection, selection.shards, ids)
        return _upon(earlier, selection, ids)

    async def give_up(self, request: PackagesRequested, failure: Failure) -> Ended:
        return ended_by(request, failure)

    async def record(
        self, tx: Transaction, request: PackagesRequested, decision: Chosen | Ended | None
    ) -> Sequence[Event]:
        if isinstance(decision, Ended):
            return await end(self.freezes, tx, decision)
        tasks = await choose(self.freezes, tx, decision) if decision else None
        if decision is None or tasks is None:
            return []
        if request.follow is None:
            await self.followings.ask(tx, decision.ids)
            return tasks
        number = await self.followings.start(tx, request.follow, decision.ids)
        return [*tasks, *watches(tx.run, number)]

    async def _earlier(self, request: PackagesRequested) -> Selection | None:
        """What the revision before had; None: this is the first."""
        if request.revision == 1:
            return None
        before = await earlier_of(self.freezes, run_of(request))
        if before.status is None:
            raise Unavailable(f"revision {before.revision} is not over yet", LOOK_AGAIN_SECONDS)
        return await self.freezes.selection(RunKey(request.tenant, request.run_id, before.revision))

    async def _selection(
        self, request: PackagesRequested, ids: Sequence[str] | None, model: str
    ) -> Selection:
        left = request.wait_seconds - await self.freezes.waited_seconds(run_of(request))
        unknown = await self._unknown(request.tenant, ids, left) if ids else set()
        offered = await self.selecting.catalog.offered(request.tenant) if ids is None else ids
        there = [item_id for item_id in offered if item_id not in unknown]
        shards, gone = await self.selecting.shards(request.tenant, there, model)
        return Selection(
            request_sha256=digest(request),
            asked=asked_of(request),
            shards=tuple(shards),
            failed=not_published(unknown),
            excluded=withdrawn(gone),
            settings=request.settings,
            budget_usd=request.budget_usd,
            model=model,
            redo=request.redo,
        )

    async def _unknown(self, tenant: str, asked: Sequence[str], left_seconds: float) -> set[str]:
        """Asked for and, after waiting long enough, still not there."""
        unknown = set(asked) - await self.selecting.catalog.known(tenant, asked)
        if unknown and left_seconds > 0:
            raise Unavailable(f"waiting for {len(unknown)} deals", min(left_seconds, LOOK_AGAIN_SECONDS))
        return unknown


def _upon(earlier: Selection, selection: Selection, ids: list[str] | None) -> Chosen:
    redo = revised_redo(selection.redo, earlier.settings, selection.settings)
    revised = replace(selection, redo=redo)
    return Chosen(revised, revised.new_after(earlier), ids)
