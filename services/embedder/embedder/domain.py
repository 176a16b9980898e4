"""Which state of a deal counts, and what the input of a run is. Pure: no I/O, no clock."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeVar

from contracts import InvalidEvent, Reference, loads
from contracts.deals import PackagesRequested, Snapshot, SnapshotShard, Unplaced
from contracts.event import TENANT
from contracts.settings import PackageSettings

ITEM_ID = re.compile(r"[a-z0-9._-]{1,253}/[^\x00]{1,255}", re.DOTALL)
MAX_WORDS_IDS = 3

T = TypeVar("T")


class ItemName(NamedTuple):
    tenant: str
    item_id: str


Owners = dict[str, set[ItemName]]  # by record key: the deals that came under it


@dataclass(frozen=True, slots=True)
class Item:
    """A state of a deal: as it is kept, or as a record says it now is."""

    name: ItemName
    withdrawn: bool = True
    version: int | None = None
    timestamp_ms: int = -1
    offset: int = -1
    title: str = ""
    body: bytes | None = None  # canonical; left out of what is kept, where nobody looks at it
    content_sha256: str | None = None
    text_sha256: str | None = None

    def later_than(self, other: "Item") -> bool:
        return (self.timestamp_ms, self.offset) > (other.timestamp_ms, other.offset)


def succeed(old: Item, new: Item) -> Item:
    """The state that counts, whichever of the two came first.

    Versions decide where both have one; otherwise time does, and within one millisecond the offset.
    """
    if new.withdrawn:
        gone = replace(old, withdrawn=True, body=None, timestamp_ms=new.timestamp_ms, offset=new.offset)
        return gone if new.later_than(old) else old
    if new.version is None or old.version is None:
        return new if new.later_than(old) else old
    if new.version == old.version:
        if new.content_sha256 != old.content_sha256:
            words = (
                f"version {new.version} of {new.name.item_id} is known with other content; raise the version"
            )
            raise InvalidEvent("version_conflict", words)
        return new if new.later_than(old) else old
    # What was withdrawn comes back only with something published later, however its version reads.
    newer = new.version > old.version
    return new if newer and (new.later_than(old) or not old.withdrawn) else old


def fold(
    known: Mapping[ItemName, Item], arrived: Iterable[tuple[int, Item]]
) -> tuple[list[Item], list[tuple[int, InvalidEvent]]]:
    """What a batch changes, and which of its records (by position) contradict what is known."""
    states = dict(known)
    refused: list[tuple[int, InvalidEvent]] = []
    for position, new in arrived:
        try:
            states[new.name] = succeed(states.get(new.name) or Item(new.name), new)
        except InvalidEvent as reason:
            refused.append((position, reason))
    changed = [state for name, state in states.items() if state is not known.get(name)]
    return sorted(changed, key=lambda item: item.name), refused


def withdrawn_name(key: str, owners: Owners) -> ItemName:
    """Which deal a null value withdraws: all that it carries is its key."""
    owned = owners.get(key, set())
    if len(owned) > 1:
        raise InvalidEvent("ambiguous_key", f"{len(owned)} deals came under the key {key!r}")
    name = next(iter(owned), None) or spelled_name(key)
    if name is None:
        raise InvalidEvent("unknown_key", f"no deal came under the key {key!r}; send tenant/origin/deal_id")
    return name


def spelled_name(key: str) -> ItemName | None:
    """The deal that a key spells out: tenant/origin/deal_id."""
    tenant, _, item_id = key.partition("/")
    return ItemName(tenant, item_id) if re.match(TENANT, tenant) and ITEM_ID.fullmatch(item_id) else None


def requested_ids(request: PackagesRequested, listed: bytes | None) -> list[str] | None:
    """The ids asked for, sorted, each once. None: every deal that is offered."""
    if request.deal_ids is None and listed is None:
        return None
    ids = {*(request.deal_ids or ()), *(_listed_ids(listed) if listed is not None else ())}
    wrong = sorted(item_id for item_id in ids if not ITEM_ID.fullmatch(item_id))
    if wrong:
        shown = ", ".join(map(repr, wrong[:MAX_WORDS_IDS]))
        raise InvalidEvent("deal_id", f"{len(wrong)} ids are not origin/deal_id: {shown}")
    return sorted(ids)


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
    shards: tuple[Shard, ...]
    failed: tuple[Unplaced, ...]
    excluded: tuple[Unplaced, ...]
    settings: PackageSettings
    budget_usd: float | None

    @property
    def shard_ids(self) -> list[str]:
        return [shard.shard_id for shard in self.shards]


@dataclass(frozen=True, slots=True)
class Freeze:
    """How far the input of one revision of a run is. Ended: it never gets one."""

    revision: int
    state: Literal["selected", "frozen", "ended"]
    request_sha256: str


def shard_id(bodies_sha256: str, model: str) -> str:
    """The same deals under the same model are the same work, in whichever revision of a run."""
    return hashlib.sha256(f"{bodies_sha256} {model}".encode()).hexdigest()


def not_published(item_ids: Iterable[str]) -> tuple[Unplaced, ...]:
    words = "nobody has published this deal"
    return tuple(Unplaced(item_id=item_id, code="not_published", words=words) for item_id in sorted(item_ids))


def withdrawn(item_ids: Iterable[str]) -> tuple[Unplaced, ...]:
    words = "the deal was withdrawn"
    return tuple(Unplaced(item_id=item_id, code="withdrawn", words=words) for item_id in sorted(item_ids))


def snapshot(
    selection: Selection,
    vectors: Mapping[str, Reference],
    lost: Mapping[str, tuple[str, str]],
    model: str,
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
        model=model,
        failed=tuple(sorted((*selection.failed, *failed), key=lambda one: one.item_id)),
        excluded=tuple(sorted(selection.excluded, key=lambda one: one.item_id)),
    )


def chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def by_tenant(items: Iterable[Item]) -> Mapping[str, list[Item]]:
    grouped: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        grouped[item.name.tenant].append(item)
    return grouped
