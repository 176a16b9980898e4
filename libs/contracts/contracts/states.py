"""Which state of an item counts, whichever of its records came first: the rule of compacted topics."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Generic, Literal, NamedTuple, TypeVar

from contracts.deals import ItemKind
from contracts.errors import InvalidEvent
from contracts.event import TENANT
from contracts.order import STORE

K = TypeVar("K", bound=str)


class ItemName(NamedTuple):
    tenant: str
    item_id: str


Owners = dict[str, set[ItemName]]  # by record key: the items that came under it


@dataclass(frozen=True, slots=True)
class Item:
    """A state of an item: as it is kept, or as a record says it now is."""

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


@dataclass(frozen=True, slots=True)
class Naming(Generic[K]):
    """How items of one kind are called."""

    kind: K
    item_id: re.Pattern[str]
    spelling: str  # of their ids, in words

    def spelled(self, key: str) -> ItemName | None:
        """The item that a key spells out: its tenant, a slash, its id."""
        tenant, _, item_id = key.partition("/")
        is_name = re.match(TENANT, tenant) and self.item_id.fullmatch(item_id)
        return ItemName(tenant, item_id) if is_name else None

    def withdrawn(self, key: str, owners: Owners) -> ItemName:
        """Which item a null value withdraws: all that it carries is its key."""
        owned = owners.get(key, set())
        if len(owned) > 1:
            raise InvalidEvent("ambiguous_key", f"{len(owned)} {self.kind}s came under the key {key!r}")
        name = next(iter(owned), None) or self.spelled(key)
        if name is None:
            words = f"no {self.kind} came under the key {key!r}; send tenant/{self.spelling}"
            raise InvalidEvent("unknown_key", words)
        return name


DEALS: Final[Naming[ItemKind]] = Naming(
    "deal", re.compile(r"[a-z0-9._-]{1,253}/[^\x00]{1,255}", re.DOTALL), "origin/deal_id"
)
PRODUCTS: Final[Naming[ItemKind]] = Naming("product", re.compile(r"[^\x00]{1,255}", re.DOTALL), "product_id")
NODES: Final[Naming[ItemKind]] = Naming("node", re.compile(r"[^\x00]{1,255}", re.DOTALL), "node_id")
ORDERS: Final[Naming[Literal["order"]]] = Naming(
    "order", re.compile(STORE.strip("^$") + r"/[^\x00]{1,255}", re.DOTALL), "store/order_id"
)


def by_tenant(items: Iterable[Item]) -> Mapping[str, list[Item]]:
    grouped: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        grouped[item.name.tenant].append(item)
    return grouped


def really_changed(known: Mapping[ItemName, Item], changed: Iterable[Item]) -> list[Item]:
    """Those that offer something else than before: what was only published again is not among them."""
    return [item for item in changed if _offer(item) != _offer(known.get(item.name))]


def _offer(item: Item | None) -> str | None:
    return None if item is None or item.withdrawn else item.content_sha256
