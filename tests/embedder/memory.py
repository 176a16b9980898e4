"""The embedder's ports in memory. The suite in test_adapters.py keeps them honest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from contracts import Reference
from contracts.deals import ItemsFrozen
from embedder.domain import Freeze, Item, ItemName, Owners, Selection
from runtime import RunKey, Transaction


@dataclass
class MemoryVectors:
    rows: dict[tuple[str, str, str], bytes] = field(default_factory=dict)

    async def find(self, tenant: str, model: str, texts: list[str]) -> dict[str, bytes]:
        return {t: self.rows[tenant, model, t] for t in texts if (tenant, model, t) in self.rows}

    async def add(self, tenant: str, model: str, vectors: Mapping[str, bytes]) -> None:
        for text, vector in vectors.items():
            self.rows.setdefault((tenant, model, text), vector)


@dataclass
class MemoryItems:
    vectors: MemoryVectors
    rows: dict[ItemName, Item] = field(default_factory=dict)
    keys: Owners = field(default_factory=dict)

    async def owners(self, tx: Transaction, keys: list[str]) -> Owners:
        return {key: set(self.keys[key]) for key in keys if key in self.keys}

    async def lock(self, tx: Transaction, names: list[ItemName]) -> dict[ItemName, Item]:
        return {name: replace(self.rows.setdefault(name, Item(name)), body=None) for name in names}

    async def save(self, tx: Transaction, items: list[Item], owners: Owners) -> None:
        self.rows |= {item.name: item for item in items}
        for key, names in owners.items():
            self.keys.setdefault(key, set()).update(names)

    async def without_vector(self, tx: Transaction, tenant: str, model: str, texts: list[str]) -> list[str]:
        return sorted(set(texts) - (await self.vectors.find(tenant, model, texts)).keys())

    async def offered(self, tenant: str) -> list[str]:
        return sorted(item.name.item_id for item in self._offered(tenant))

    async def known(self, tenant: str, item_ids: Sequence[str]) -> set[str]:
        return {item_id for item_id in item_ids if (tenant, item_id) in self.rows}

    async def bodies(self, tenant: str, item_ids: Sequence[str]) -> dict[str, bytes]:
        return {
            i.name.item_id: i.body for i in self._offered(tenant) if i.name.item_id in item_ids and i.body
        }

    async def bodies_by_text(self, tenant: str, texts: Sequence[str]) -> list[bytes]:
        found = {item.text_sha256: item.body for item in self._offered(tenant) if item.text_sha256 in texts}
        return [body for body in found.values() if body]

    def _offered(self, tenant: str) -> list[Item]:
        return [item for item in self.rows.values() if item.name.tenant == tenant and not item.withdrawn]


@dataclass
class MemoryFreezes:
    waited: float = 0
    states: dict[RunKey, Freeze] = field(default_factory=dict)
    selections: dict[RunKey, Selection] = field(default_factory=dict)
    shards: dict[tuple[RunKey, str], Reference] = field(default_factory=dict)

    async def waited_seconds(self, run: RunKey) -> float:
        return self.waited

    async def find(self, run: RunKey) -> Freeze | None:
        return self.states.get(run)

    async def before(self, run: RunKey) -> Freeze | None:
        earlier = [
            state
            for key, state in self.states.items()
            if (key.tenant, key.run_id) == (run.tenant, run.run_id) and key.revision < run.revision
        ]
        selected = [state for state in earlier if state.state != "ended"]
        return max(selected, key=lambda state: state.revision, default=None)

    async def selection(self, run: RunKey) -> Selection:
        return self.selections[run]

    async def select(self, tx: Transaction, selection: Selection) -> bool:
        return self._first(tx.run, Freeze(tx.run.revision, "selected", selection.request_sha256), selection)

    async def end(self, tx: Transaction, request_sha256: str) -> bool:
        return self._first(tx.run, Freeze(tx.run.revision, "ended", request_sha256), None)

    async def add_vectors(self, tx: Transaction, shard_id: str, vectors: Reference) -> None:
        self.shards[tx.run, shard_id] = vectors

    async def vectors(self, run: RunKey, made_by: Mapping[str, int]) -> dict[str, Reference]:
        places = {shard: (replace(run, revision=made), shard) for shard, made in made_by.items()}
        return {shard: self.shards[place] for shard, place in places.items() if place in self.shards}

    async def freeze(self, tx: Transaction, frozen: ItemsFrozen) -> None:
        self.states[tx.run] = replace(self.states[tx.run], state="frozen")

    def _first(self, run: RunKey, state: Freeze, selection: Selection | None) -> bool:
        if run in self.states:
            return False
        self.states[run] = state
        if selection is not None:
            self.selections[run] = selection
        return True
