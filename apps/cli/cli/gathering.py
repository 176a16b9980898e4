"""Collects the evidence for a proof: rows in one consistent look, objects by their sha256."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from cli import gathering_rows as rows
from cli.connections import Connection, Store
from cli.domain.evidence import BrokenObject, Evidence, Named, RunEvidence, StoredFile
from cli.log_files import log_files, read_all
from cli.manifests import item_ids
from contracts import Entity, InvalidEvent, Reference, WorkFailed
from contracts.clusters import Clustering
from contracts.deals import Snapshot
from contracts.packages import Outcome, Packaging

E = TypeVar("E", bound=Entity)


async def gather(views: Connection, store: Store, tenant: str, run_id: str, revision: int) -> Evidence:
    async with views.transaction(isolation="repeatable_read", readonly=True):
        seen = await rows.gather(views, tenant, run_id, revision)
    return await Objects(store).complete(seen)


class Objects:
    """Reads objects, and remembers each one that is missing or damaged instead of stopping there."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.broken: list[BrokenObject] = []
        self.read = 0

    async def complete(self, seen: Evidence) -> Evidence:
        snapshot = await self.manifest("snapshot", seen.snapshot_row, Snapshot)
        clustering = await self.manifest("clustering", seen.clustering_row, Clustering)
        packaging = await self.manifest("packaging", seen.packaging_row, Packaging)
        named = seen.outcome_row.outcome if seen.outcome_row else None
        outcome = await self.manifest("outcome", named, Outcome)
        self.chain("clustering", clustering.snapshot if clustering else None, seen.snapshot_row)
        self.chain("packaging", packaging.clustering if packaging else None, seen.clustering_row)
        self.chain("outcome", outcome.packaging if outcome else None, seen.packaging_row)
        shards = await self.shards(snapshot, item_ids) if snapshot else ()
        files, answers = await self.calls(seen)
        return replace(
            seen,
            snapshot=snapshot,
            clustering=clustering,
            packaging=packaging,
            outcome=outcome,
            shards=shards,
            broken=tuple(self.broken),
            objects_read=self.read,
            files=files,
            answers=answers,
        )

    async def manifest(self, what: str, named: Named | None, kind: type[E]) -> E | None:
        body = await self._body(what, named.key, named.sha256) if named else None
        if body is None or named is None:
            return None
        try:
            return kind.read(body)
        except InvalidEvent as error:
            self.broken.append(BrokenObject(named.key, what, error.words))
            return None

    async def shards(
        self, snapshot: Snapshot, names: Callable[[bytes], tuple[str, ...]]
    ) -> tuple[tuple[str, ...], ...]:
        found = []
        for shard in snapshot.shards:
            bodies = await self._reference("shard", shard.bodies)
            await self._reference("shard", shard.vectors)
            found.append(names(bodies) if bodies is not None else ())
        return tuple(found)

    async def body(self, what: str, named: Named) -> bytes | None:
        return await self._body(what, named.key, named.sha256)

    async def _reference(self, what: str, reference: Reference) -> bytes | None:
        return await self._body(what, reference.key, reference.sha256)

    async def _body(self, what: str, key: str, sha256: str) -> bytes | None:
        try:
            body = await self.store.get(key)
        except WorkFailed as error:  # missing, or unreadable
            self.broken.append(BrokenObject(key, what, error.words))
            return None
        self.read += 1
        if hashlib.sha256(body).hexdigest() != sha256:
            self.broken.append(
                BrokenObject(key, what, "its bytes do not have the sha256 under which it is known")
            )
            return None
        return body

    def chain(self, what: str, told: Reference | None, row: Named | None) -> None:
        """A manifest names the one that it was made from; the tables must name the same."""
        if told is not None and row is not None and told.sha256 != row.sha256:
            self.broken.append(BrokenObject(told.key, what, f"was made from another manifest than {row.key}"))

    async def calls(self, seen: RunEvidence) -> tuple[dict[str, StoredFile], frozenset[str]]:
        files = await log_files(self.store, seen)
        used = sorted({call.answer for call in seen.interactions if call.answer})
        there = await read_all(used, self.store.exists)
        return files, frozenset(key for key in used if there[key])
