"""The embedder's ports in memory. The suite in test_adapters.py keeps them honest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from contracts import Reference
from contracts.deals import Following, ItemsFrozen
from contracts.runs import RunKind, RunStatus
from embedder.domain import Followed, Freeze, Item, ItemName, Owners, Selection
from runtime import RunKey, Transaction


@dataclass
class MemoryVectors:
    rows: dict[tuple[str, str, str], bytes] = field(default_factory=dict)

    async def find(self, tenant: str, model: str, texts: list[str]) -> dict[str, bytes]:
        return {t: self.rows[tenant, model, t] for t in texts if (tenant, model, t) in self.rows}

    async def add(self, tenant: str, model: str, vectors: Mapping[str, bytes]) -> set[str]:
        new = {text for text in vectors if (tenant, model, text) not in self.rows}
        self.rows |= {(tenant, model, text): vectors[text] for text in new}
        return new


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
        state = Freeze(tx.run.revision, "selected", selection.request_sha256, kind=selection.kind)
        return self._first(tx.run, state, selection)

    async def end(self, tx: Transaction, request_sha256: str, kind: RunKind) -> bool:
        return self._first(tx.run, Freeze(tx.run.revision, "ended", request_sha256, kind=kind), None)

    async def kind(self, run: RunKey) -> RunKind | None:
        last = self.last(run.tenant, run.run_id)
        return last.kind if last else None

    async def finished(self, tenant: str, run_id: str | None, revision: int | None) -> RunKey | None:
        over = [
            key
            for key, state in self.states.items()
            if key.tenant == tenant
            and state.kind == "packages"
            and (state.status or "").startswith("completed")
        ]
        meant = [key for key in over if run_id in (None, key.run_id) and revision in (None, key.revision)]
        return max(meant, key=lambda key: (key.run_id, key.revision), default=None)

    async def add_vectors(self, tx: Transaction, shard_id: str, vectors: Reference) -> None:
        self.shards[tx.run, shard_id] = vectors

    async def vectors(self, run: RunKey, made_by: Mapping[str, int]) -> dict[str, Reference]:
        places = {shard: (replace(run, revision=made), shard) for shard, made in made_by.items()}
        return {shard: self.shards[place] for shard, place in places.items() if place in self.shards}

    async def freeze(self, tx: Transaction, frozen: ItemsFrozen) -> None:
        self.states[tx.run] = replace(self.states[tx.run], state="frozen")

    async def finish(self, tx: Transaction, status: RunStatus) -> None:
        if tx.run in self.states:
            self.states[tx.run] = replace(self.states[tx.run], status=status)

    def last(self, tenant: str, run_id: str) -> Freeze | None:
        states = [state for key, state in self.states.items() if (key.tenant, key.run_id) == (tenant, run_id)]
        return max(states, key=lambda state: state.revision, default=None)

    def _first(self, run: RunKey, state: Freeze, selection: Selection | None) -> bool:
        if run in self.states:
            return False
        self.states[run] = state
        if selection is not None:
            self.selections[run] = selection
        return True


@dataclass
class FollowingRow:
    following: Following
    ids: set[str] | None
    asked_revision: int
    asked_sha256: str = ""
    changes: int = 0
    changed_at: float = 0
    watching: bool = False
    watch: int = 0


@dataclass
class MemoryFollowings:
    """`now` is the clock of the database."""

    freezes: MemoryFreezes
    now: float = 0
    rows: dict[tuple[str, str], FollowingRow] = field(default_factory=dict)
    numbers: int = 0

    async def start(self, tx: Transaction, following: Following, ids: Sequence[str] | None) -> int:
        key = (tx.run.tenant, tx.run.run_id)
        row = self.rows.setdefault(key, FollowingRow(following, None, tx.run.revision))
        row.following, row.ids = following, None if ids is None else set(ids)
        return self._add(row, 1)

    async def ask(self, tx: Transaction, ids: Sequence[str] | None) -> None:
        row = self.rows.get((tx.run.tenant, tx.run.run_id))
        if row is not None:
            row.ids = None if ids is None else set(ids)

    async def stop(self, tx: Transaction) -> bool:
        return self.rows.pop((tx.run.tenant, tx.run.run_id), None) is not None

    async def count(self, tx: Transaction, tenant: str, item_ids: Sequence[str]) -> list[tuple[str, int]]:
        told = []
        for (owner, run_id), row in sorted(self.rows.items()):
            changes = len(item_ids) if row.ids is None else len(row.ids.intersection(item_ids))
            if owner == tenant and changes:
                told.append((run_id, self._add(row, changes)))
        return told

    async def finished(self, tx: Transaction) -> int | None:
        row, state = self.rows.get((tx.run.tenant, tx.run.run_id)), self.freezes.states.get(tx.run)
        if row is None or state is None or state.revision == 1 or state.request_sha256 == row.asked_sha256:
            return None
        return self._add(row, 1)

    async def find(self, tenant: str, run_id: str, watch: int) -> Followed | None:
        row, last = self.rows.get((tenant, run_id)), self.freezes.last(tenant, run_id)
        if row is None or not row.watching or row.watch != watch:
            return None
        return Followed(
            quiet_seconds=row.following.quiet_seconds,
            max_changes=row.following.max_changes,
            changes=row.changes,
            quiet_for_seconds=self.now - row.changed_at,
            asked_revision=row.asked_revision,
            last_revision=last.revision if last else 0,
            last_is_over=bool(last and last.status),
        )

    async def settle(
        self, tx: Transaction, run_id: str, watch: int, seen: int, asked: tuple[int, str] | None
    ) -> int | None:
        row = self.rows.get((tx.run.tenant, run_id))
        if row is None or not row.watching or row.watch != watch:
            return None
        row.changes, row.watching = row.changes - seen, False
        row.asked_revision, row.asked_sha256 = asked or (row.asked_revision, row.asked_sha256)
        return self._watched(row) if row.changes else None

    def _add(self, row: FollowingRow, changes: int) -> int:
        row.changes, row.changed_at = row.changes + changes, self.now
        return self._watched(row)

    def _watched(self, row: FollowingRow) -> int:
        if not row.watching:
            self.numbers += 1
            row.watching, row.watch = True, self.numbers
        return row.watch
