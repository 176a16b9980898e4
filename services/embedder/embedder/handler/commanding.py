"""What people command: a run again, a run that follows the feed, a run that no longer does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from contracts import Event, InvalidEvent, Unavailable, WorkFailed
from contracts.deals import Following, ItemKind
from contracts.event import MAX_NUMBER
from contracts.runs import RunCommanded
from embedder.domain import Selection, with_new_answers, withdrawn
from embedder.handler.embedding import Models, wanted
from embedder.handler.following import Followings, watches
from embedder.handler.revisions import Chosen, Ended, Freezes, choose, digest, earlier_of, end, ended_by
from embedder.handler.selecting import Selecting, under
from runtime import Failure, RunKey, Transaction
from runtime.work import run_of

LOOK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Follow:
    """Follow from now on, by the deals that the run asks for."""

    following: Following
    ids: list[str] | None


Decision = Chosen | Ended | Follow | Literal["unfollow"] | None


@dataclass(frozen=True, slots=True)
class Commands:
    """A retry keeps what was selected, and looks again for what was not there."""

    freezes: Freezes
    followings: Followings
    selecting: Mapping[ItemKind, Selecting]
    models: Models

    async def decide(self, order: RunCommanded) -> Decision:
        """None: nothing for us to do."""
        match order.command:
            case "retry":
                return await self._retry(order)
            case "follow" if order.follow is not None:
                last = await earlier_of(self.freezes, _after_all(order))
                return await self._follow(order, order.follow, last.revision)
            case "unfollow" | "cancel":
                return "unfollow"
            case _:
                return None

    async def give_up(self, order: RunCommanded, failure: Failure) -> Decision:
        """Commands about a revision that is cancelled come here, and those about following still count."""
        match order.command:
            case "retry":
                kind = await self.freezes.kind(run_of(order)) or "packages"
                return ended_by(order, failure, kind)
            case "follow" if order.follow is not None and failure.code == "cancelled":
                last = await self.freezes.before(_after_all(order))
                can = last is not None and last.kind == "packages"
                return await self._follow(order, order.follow, last.revision) if last and can else None
            case "unfollow" | "cancel":
                return "unfollow"
            case _:
                return None

    async def record(self, tx: Transaction, order: RunCommanded, decision: Decision) -> Sequence[Event]:
        match decision:
            case Chosen():
                return await choose(self.freezes, tx, decision) or []
            case Ended():
                return await end(self.freezes, tx, decision)
            case Follow():
                number = await self.followings.start(tx, decision.following, decision.ids)
                return watches(tx.run, number)
            case "unfollow":
                await self.followings.stop(tx)
        return []

    async def _retry(self, order: RunCommanded) -> Chosen | None:
        run = run_of(order)
        if await self.freezes.find(run) is not None:
            return None
        before = await earlier_of(self.freezes, run)
        if before.state != "frozen":
            raise Unavailable(f"revision {before.revision} is not frozen yet", LOOK_AGAIN_SECONDS)
        earlier = await self.freezes.selection(RunKey(order.tenant, order.run_id, before.revision))
        selection = await self._again(order, earlier)
        return Chosen(selection, selection.new_after(earlier))

    async def _again(self, order: RunCommanded, earlier: Selection) -> Selection:
        if earlier.brief and (order.redo != "nothing" or order.fresh):
            words = f"runs of {earlier.kind} are done again as a whole: ask anew (--fresh for new answers)"
            raise WorkFailed("no_redo", words)
        model = (await wanted(self.models, earlier.embedding_model)).model
        missing, selecting = [one.item_id for one in earlier.failed], self.selecting[earlier.item_kind]
        known = await selecting.catalog.known(order.tenant, missing)
        found, gone = await selecting.shards(order.tenant, sorted(known), model)
        settings = earlier.settings
        return replace(
            earlier,
            request_sha256=digest(order),
            shards=(*under(earlier.shards, model), *found),
            failed=tuple(one for one in earlier.failed if one.item_id not in known),
            excluded=(*earlier.excluded, *withdrawn(gone, earlier.item_kind)),
            settings=with_new_answers(settings, order.redo) if order.fresh else settings,
            model=model,
            redo=order.redo,
        )

    async def _follow(self, order: RunCommanded, following: Following, last_revision: int) -> Follow:
        selection = await self.freezes.selection(RunKey(order.tenant, order.run_id, last_revision))
        if selection.brief:
            words = f"{order.run_id} is a run of {selection.kind}: runs of packages follow"
            raise InvalidEvent("no_following", words)
        return Follow(following, await self.selecting["deal"].asked_ids(order.tenant, selection.asked))


def _after_all(order: RunCommanded) -> RunKey:
    return RunKey(order.tenant, order.run_id, MAX_NUMBER)
