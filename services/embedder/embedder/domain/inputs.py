"""What the input of a run is, and what a new revision does again."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from contracts import Entity, InvalidEvent, Reference, loads
from contracts.deals import PackagesRequested, Snapshot, SnapshotShard
from contracts.settings import LlmSettings, PackageSettings, Redo
from contracts.unplaced import Unplaced
from embedder.domain.items import ITEM_ID

MAX_WORDS_IDS = 3
REDOS: tuple[Redo, ...] = ("nothing", "enrichment", "packaging")  # each brings the ones before it along

T = TypeVar("T")


class Asked(Entity):
    """The deals that a run asks for. Neither ids nor a list: every deal that is offered."""

    deal_ids: tuple[str, ...] | None = None
    deal_list: Reference | None = None


def requested_ids(asked: Asked, listed: bytes | None) -> list[str] | None:
    """The ids asked for, sorted, each once. None: every deal that is offered."""
    if asked.deal_ids is None and listed is None:
        return None
    ids = {*(asked.deal_ids or ()), *(_listed_ids(listed) if listed is not None else ())}
    wrong = sorted(item_id for item_id in ids if not ITEM_ID.fullmatch(item_id))
    if wrong:
        shown = ", ".join(map(repr, wrong[:MAX_WORDS_IDS]))
        raise InvalidEvent("deal_id", f"{len(wrong)} ids are not origin/deal_id: {shown}")
    return sorted(ids)


def asked_of(request: PackagesRequested) -> Asked:
    return Asked(deal_ids=request.deal_ids, deal_list=request.deal_list)


def is_own(key: str, tenant: str) -> bool:
    """Whether an object is the tenant's: a request may name no other's, by whatever way round."""
    first, *rest = key.split("/")
    return first == tenant and all(part and not part.startswith(".") for part in rest)


def _listed_ids(body: bytes) -> list[str]:
    ids = loads(body)
    if not isinstance(ids, list) or not all(isinstance(item_id, str) for item_id in ids):
        raise InvalidEvent("deal_list", "the list is not a JSON array of item ids")
    return ids


@dataclass(frozen=True, slots=True)
class Shard:
    """Some deals of a run's input: their bodies lie in one file."""

    shard_id: str
    bodies: Reference
    item_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """What a run works on: fixed, except for the vectors that are still to come."""

    request_sha256: str
    asked: Asked
    shards: tuple[Shard, ...]
    failed: tuple[Unplaced, ...]
    excluded: tuple[Unplaced, ...]
    settings: PackageSettings
    budget_usd: float | None
    model: str
    redo: Redo = "nothing"

    @property
    def shard_ids(self) -> list[str]:
        return [shard.shard_id for shard in self.shards]

    @property
    def item_ids(self) -> set[str]:
        return {item_id for shard in self.shards for item_id in shard.item_ids}

    def new_after(self, earlier: "Selection | None") -> tuple[Shard, ...]:
        """The shards that the earlier revision has not, or has under another model."""
        known = set(earlier.shard_ids) if earlier else set()
        return tuple(shard for shard in self.shards if shard.shard_id not in known)


@dataclass(frozen=True, slots=True)
class Freeze:
    """How far the input of one revision of a run is. Ended: it never gets one. No status: not over."""

    revision: int
    state: Literal["selected", "frozen", "ended"]
    request_sha256: str
    status: str | None = None


def revised_redo(asked: Redo, before: PackageSettings, now: PackageSettings) -> Redo:
    """What is done again: what was asked for, and whatever other settings would do otherwise."""
    needed: Redo = "nothing"
    if before.packing != now.packing:
        needed = "packaging"
    elif before.enrichment != now.enrichment:
        needed = "enrichment"
    return max(asked, needed, key=REDOS.index)


def with_new_answers(settings: PackageSettings, redo: Redo) -> PackageSettings:
    """The same settings, asking for the next sample of what is done again."""
    enrichment = settings.enrichment.model_copy(update={"llm": _next(settings.enrichment.llm)})
    if redo == "enrichment":
        return settings.model_copy(update={"enrichment": enrichment})
    packing = settings.packing.model_copy(update={"llm": _next(settings.packing.llm)})
    return settings.model_copy(update={"packing": packing, "enrichment": enrichment})


def _next(llm: LlmSettings) -> LlmSettings:
    return llm.model_copy(update={"fresh": llm.fresh + 1})


def shard_id(bodies_sha256: str, model: str) -> str:
    """The same deals under the same model are the same work, in whichever revision of a run."""
    return hashlib.sha256(f"{bodies_sha256} {model}".encode()).hexdigest()


def lines_of(bodies: Mapping[str, bytes], item_ids: Iterable[str]) -> bytes:
    """The file of a shard."""
    return b"".join(bodies[item_id] + b"\n" for item_id in item_ids)


def not_published(item_ids: Iterable[str]) -> tuple[Unplaced, ...]:
    words = "nobody has published this deal"
    return tuple(Unplaced(item_id=item_id, code="not_published", words=words) for item_id in sorted(item_ids))


def withdrawn(item_ids: Iterable[str]) -> tuple[Unplaced, ...]:
    words = "the deal was withdrawn"
    return tuple(Unplaced(item_id=item_id, code="withdrawn", words=words) for item_id in sorted(item_ids))


def snapshot(
    selection: Selection, vectors: Mapping[str, Reference], lost: Mapping[str, tuple[str, str]]
) -> Snapshot:
    """The frozen input. The deals of a lost shard have failed: by its id, code and words."""
    failed = [
        Unplaced(item_id=item_id, code=lost[shard.shard_id][0], words=lost[shard.shard_id][1])
        for shard in selection.shards
        if shard.shard_id in lost
        for item_id in shard.item_ids
    ]
    kept = [shard for shard in selection.shards if shard.shard_id not in lost]
    return Snapshot(
        items=sum(len(shard.item_ids) for shard in kept),
        shards=tuple(
            SnapshotShard(bodies=shard.bodies, vectors=vectors[shard.shard_id])
            for shard in sorted(kept, key=lambda shard: shard.item_ids)
        ),
        model=selection.model,
        failed=tuple(sorted((*selection.failed, *failed), key=lambda one: one.item_id)),
        excluded=tuple(sorted(selection.excluded, key=lambda one: one.item_id)),
    )


def chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
