"""A run's input: asked for, selected, embedded shard by shard, frozen; and selected again for a retry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, Protocol

from contracts import Event, InvalidEvent, Reference, Unavailable
from contracts.deals import ItemsFrozen, PackagesRequested
from contracts.runs import RunCommanded, RunFinished
from embedder.domain import (
    Freeze,
    Selection,
    Shard,
    is_own,
    not_published,
    requested_ids,
    snapshot,
    withdrawn,
)
from embedder.handler.embedding import Encoding
from embedder.handler.selecting import Selecting
from embedder.handler.tasks import EmbedShard
from objects import ObjectStore, get_content, put_content
from runtime import Closing, Failure, RunKey, Transaction

LOOK_AGAIN_SECONDS = 1.0
MAX_LIST_BYTES = 64 * 1024 * 1024  # about a million ids


class Freezes(Protocol):
    """Inputs of runs. Each revision gets one selection, or one end without input; the first word counts."""

    async def waited_seconds(self, run: RunKey) -> float:
        """Since the run was first heard of."""
        ...

    async def find(self, run: RunKey) -> Freeze | None: ...

    async def before(self, run: RunKey) -> Freeze | None:
        """The last earlier revision that has a selection."""
        ...

    async def selection(self, run: RunKey) -> Selection: ...

    async def select(self, tx: Transaction, selection: Selection) -> bool: ...

    async def end(self, tx: Transaction, request_sha256: str) -> bool: ...

    async def vectors(self, run: RunKey, made_by: Mapping[str, int]) -> dict[str, Reference]: ...

    async def freeze(self, tx: Transaction, frozen: ItemsFrozen) -> None: ...


@dataclass(frozen=True, slots=True)
class Ended:
    """The revision ends here: it never gets an input."""

    status: Literal["cancelled", "refused"]
    request_sha256: str
    words: str


@dataclass(frozen=True, slots=True)
class Request:
    """Selects what a run asks for."""

    freezes: Freezes
    selecting: Selecting

    async def decide(self, request: PackagesRequested) -> Selection | None:
        """None: this very request was answered already."""
        run, digest = _run(request), _digest(request)
        earlier = await self.freezes.find(run)
        if earlier is not None:
            if earlier.request_sha256 != digest:
                raise InvalidEvent(
                    "run_exists", f"{request.run_id} is another request; give each run its own id"
                )
            return None
        left = request.wait_seconds - await self.freezes.waited_seconds(run)
        asked = requested_ids(request, await self._listed(request))
        unknown = await self._unknown(request.tenant, asked, left) if asked else set()
        offered = await self.selecting.catalog.offered(request.tenant) if asked is None else asked
        shards, gone = await self.selecting.shards(
            request.tenant, [item_id for item_id in offered if item_id not in unknown]
        )
        return Selection(
            request_sha256=digest,
            shards=tuple(shards),
            failed=not_published(unknown),
            excluded=withdrawn(gone),
            settings=request.settings,
            budget_usd=request.budget_usd,
        )

    async def give_up(self, request: PackagesRequested, failure: Failure) -> Ended:
        return _ended(request, failure)

    async def record(
        self, tx: Transaction, request: PackagesRequested, decision: Selection | Ended | None
    ) -> Sequence[Event]:
        if isinstance(decision, Selection):
            return await _select(self.freezes, tx, decision, decision.shards, self.selecting.encoding.model)
        return await _end(self.freezes, tx, decision) if decision else []

    async def _listed(self, request: PackagesRequested) -> bytes | None:
        listed = request.deal_list
        if listed is None:
            return None
        if not is_own(listed.key, request.tenant):
            raise InvalidEvent("deal_list", f"{listed.key} is not among the objects of {request.tenant}")
        if listed.bytes > MAX_LIST_BYTES:
            raise InvalidEvent("deal_list", f"{listed.bytes} bytes; at most {MAX_LIST_BYTES} are read")
        return await get_content(self.selecting.store, listed)

    async def _unknown(self, tenant: str, asked: Sequence[str], left_seconds: float) -> set[str]:
        """Asked for and, after waiting long enough, still not there."""
        unknown = set(asked) - await self.selecting.catalog.known(tenant, asked)
        if unknown and left_seconds > 0:
            raise Unavailable(f"waiting for {len(unknown)} deals", min(left_seconds, LOOK_AGAIN_SECONDS))
        return unknown


@dataclass(frozen=True, slots=True)
class Retry:
    """A new revision of a run: what was selected stays, what was not there is looked for again."""

    freezes: Freezes
    selecting: Selecting

    async def decide(self, order: RunCommanded) -> tuple[Selection, tuple[Shard, ...]] | None:
        """The new selection and which of its shards are new. None: nothing for us to do."""
        if order.command != "retry" or await self.freezes.find(_run(order)) is not None:
            return None
        before = await self.freezes.before(_run(order))
        if before is None:
            raise InvalidEvent(
                "unknown_run", f"no input of {order.run_id} was frozen before {order.revision}"
            )
        if before.state != "frozen":
            raise Unavailable(f"revision {before.revision} is not frozen yet", LOOK_AGAIN_SECONDS)
        earlier = await self.freezes.selection(RunKey(order.tenant, order.run_id, before.revision))
        return await self._again(order, earlier)

    async def give_up(self, order: RunCommanded, failure: Failure) -> Ended | None:
        return _ended(order, failure) if order.command == "retry" else None

    async def record(
        self,
        tx: Transaction,
        order: RunCommanded,
        decision: tuple[Selection, tuple[Shard, ...]] | Ended | None,
    ) -> Sequence[Event]:
        if decision is None:
            return []
        if isinstance(decision, Ended):
            return await _end(self.freezes, tx, decision)
        selection, new = decision
        return await _select(self.freezes, tx, selection, new, self.selecting.encoding.model)

    async def _again(self, order: RunCommanded, earlier: Selection) -> tuple[Selection, tuple[Shard, ...]]:
        missing = [one.item_id for one in earlier.failed]
        known = await self.selecting.catalog.known(order.tenant, missing)
        found, gone = await self.selecting.shards(order.tenant, sorted(known))
        shards = (*self.selecting.named(earlier.shards), *found)
        selection = Selection(
            request_sha256=_digest(order),
            shards=shards,
            failed=tuple(one for one in earlier.failed if one.item_id not in known),
            excluded=(*earlier.excluded, *withdrawn(gone)),
            settings=earlier.settings,
            budget_usd=earlier.budget_usd,
        )
        return selection, tuple(shard for shard in shards if shard.shard_id not in earlier.shard_ids)


@dataclass(frozen=True, slots=True)
class Freezing:
    """Tells of the frozen input, once every shard is embedded or has failed."""

    freezes: Freezes
    store: ObjectStore
    encoding: Encoding

    async def decide(self, closing: Closing[EmbedShard]) -> ItemsFrozen:
        run = closing.run
        selection = await self.freezes.selection(run)
        made_by = {member.member_id: member.made_by for member in closing.members if member.state == "done"}
        lost = {
            member.member_id: _lost(member.state, member.failure)
            for member in closing.members
            if member.state != "done"
        }
        frozen = snapshot(selection, await self.freezes.vectors(run, made_by), lost, self.encoding.model)
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
            settings=selection.settings,
            budget_usd=selection.budget_usd,
        )

    async def record(
        self, tx: Transaction, closing: Closing[EmbedShard], frozen: ItemsFrozen
    ) -> Sequence[Event]:
        await self.freezes.freeze(tx, frozen)
        return [frozen]


async def _select(
    freezes: Freezes, tx: Transaction, selection: Selection, new: Sequence[Shard], model: str
) -> Sequence[Event]:
    if not await freezes.select(tx, selection):
        return []  # somebody else's word came first
    run = tx.run
    made_now = {shard.shard_id for shard in new}
    await tx.expect({name: run.revision - (name not in made_now) for name in selection.shard_ids})
    return [
        EmbedShard(
            tenant=run.tenant, run_id=run.run_id, revision=run.revision, bodies=shard.bodies, model=model
        )
        for shard in new
    ]


async def _end(freezes: Freezes, tx: Transaction, ended: Ended) -> Sequence[Event]:
    if not await freezes.end(tx, ended.request_sha256):
        return []  # the revision has its input, or its end, already
    return [
        RunFinished(
            tenant=tx.run.tenant,
            run_id=tx.run.run_id,
            revision=tx.run.revision,
            kind="packages",
            status=ended.status,
            words=ended.words,
        )
    ]


def _ended(event: PackagesRequested | RunCommanded, failure: Failure) -> Ended:
    status: Literal["cancelled", "refused"] = "cancelled" if failure.code == "cancelled" else "refused"
    return Ended(status, _digest(event), f"{failure.code}: {failure.words}")


def _lost(state: str, failure: Failure | None) -> tuple[str, str]:
    words = f"{failure.code}: {failure.words}" if failure else ""
    return ("cancelled" if state == "cancelled" else "not_embedded", words)


def _run(event: PackagesRequested | RunCommanded) -> RunKey:
    return RunKey(event.tenant, event.run_id, event.revision)


def _digest(event: Event) -> str:
    return sha256(event.canonical()).hexdigest()
