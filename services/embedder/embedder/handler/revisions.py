"""What requests and retries have in common: a revision gets one input, or ends without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, Protocol

from contracts import Event, InvalidEvent, Reference
from contracts.deals import ItemsFrozen
from contracts.runs import RunCommanded, RunFinished, RunKind, RunStatus
from embedder.domain import Freeze, Selection, Shard, kind_of
from embedder.domain.inputs import Request
from embedder.handler.tasks import EmbedShard
from runtime import Failure, RunKey, Transaction


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

    async def end(self, tx: Transaction, request_sha256: str, kind: RunKind) -> bool: ...

    async def kind(self, run: RunKey) -> RunKind | None:
        """Of what kind the run is; None: nobody has heard of it."""
        ...

    async def finished(self, tenant: str, run_id: str | None, revision: int | None) -> RunKey | None:
        """A run of packages that is over and has packages: the last one of those meant."""
        ...

    async def vectors(self, run: RunKey, made_by: Mapping[str, int]) -> dict[str, Reference]: ...

    async def freeze(self, tx: Transaction, frozen: ItemsFrozen) -> None: ...

    async def finish(self, tx: Transaction, status: RunStatus) -> None:
        """The revision is over at all stages."""
        ...


@dataclass(frozen=True, slots=True)
class Chosen:
    """An input, which of its shards are new, and the ids asked for (None: every deal)."""

    selection: Selection
    new: tuple[Shard, ...]
    ids: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The revision ends here: it never gets an input."""

    status: Literal["cancelled", "refused"]
    request_sha256: str
    words: str
    kind: RunKind = "packages"
    unknown: Reference | None = None  # ids that nobody has published


async def earlier_of(freezes: Freezes, run: RunKey) -> Freeze:
    """The revision that this one follows upon."""
    before = await freezes.before(run)
    if before is None:
        raise InvalidEvent(
            "unknown_run",
            f"no input of {run.run_id} was frozen before {run.revision}: a run begins with revision 1",
        )
    return before


async def choose(freezes: Freezes, tx: Transaction, chosen: Chosen) -> Sequence[Event] | None:
    """None: somebody else's word about the revision came first."""
    selection, run = chosen.selection, tx.run
    if not await freezes.select(tx, selection):
        return None
    made_now = {shard.shard_id for shard in chosen.new}
    await tx.expect({name: run.revision - (name not in made_now) for name in selection.shard_ids})
    return [
        EmbedShard(
            tenant=run.tenant,
            run_id=run.run_id,
            revision=run.revision,
            bodies=shard.bodies,
            kind=selection.item_kind,
            model=selection.model,
            named=selection.embedding_model,
        )
        for shard in chosen.new
    ]


async def end(freezes: Freezes, tx: Transaction, ended: Ended) -> Sequence[Event]:
    if not await freezes.end(tx, ended.request_sha256, ended.kind):
        return []  # the revision has its input, or its end, already
    return [
        RunFinished(
            tenant=tx.run.tenant,
            run_id=tx.run.run_id,
            revision=tx.run.revision,
            kind=ended.kind,
            status=ended.status,
            words=ended.words,
            unknown=ended.unknown,
        )
    ]


def refused_request(request: Request, failure: Failure) -> Ended:
    return ended_by(request, failure, kind_of(request))


def ended_by(event: Request | RunCommanded, failure: Failure, kind: RunKind) -> Ended:
    status: Literal["cancelled", "refused"] = "cancelled" if failure.code == "cancelled" else "refused"
    return Ended(status, digest(event), f"{failure.code}: {failure.words}", kind)


def digest(event: Event) -> str:
    return sha256(event.canonical()).hexdigest()
