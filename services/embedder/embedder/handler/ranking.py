"""What ranking data are made of: the deals of a finished run of packages, or the nodes of a graph."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts import Event, InvalidEvent, Reference, Unavailable, WorkFailed
from contracts.ranking import GraphNode
from contracts.ranking_data import RankingDataRequested
from contracts.settings import PackageSettings
from embedder.domain import NODES, Selection, Shard, asked_of, brief_of, chunks, is_own, lines_of, shard_id
from embedder.domain.inputs import Brief
from embedder.handler.embedding import Models, wanted
from embedder.handler.revisions import Chosen, Ended, Freezes, choose, digest, end, refused_request
from embedder.handler.selecting import under
from objects import ObjectStore, get_content, put_content
from runtime import Failure, RunKey, Transaction
from runtime.work import run_of

LOOK_AGAIN_SECONDS: Final = 0.5
NO_PACKAGES: Final = "no run of packages is finished"
MAX_GRAPH_BYTES: Final = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RankingRequest:
    freezes: Freezes
    models: Models
    store: ObjectStore
    shard_items: int

    async def decide(self, request: RankingDataRequested) -> Chosen | Ended | None:
        """None: this very request was answered already."""
        found = await self.freezes.find(run_of(request))
        if found is not None and found.request_sha256 == digest(request):
            return None
        if found is not None or request.revision > 1:
            words = f"{request.run_id} is another request; give each run its own id"
            raise InvalidEvent("run_exists", words)
        for named in (request.graph, request.existing):
            if named is not None and not is_own(named.key, request.tenant):
                raise InvalidEvent("object", f"{named.key} is not among the objects of {request.tenant}")
        selection = await self._selection(request)
        return Chosen(selection, selection.shards)

    async def give_up(self, request: RankingDataRequested, failure: Failure) -> Ended:
        return refused_request(request, failure)

    async def record(
        self, tx: Transaction, request: RankingDataRequested, decision: Chosen | Ended | None
    ) -> Sequence[Event]:
        if isinstance(decision, Ended):
            return await end(self.freezes, tx, decision)
        return (await choose(self.freezes, tx, decision) or []) if decision else []

    async def _selection(self, request: RankingDataRequested) -> Selection:
        if request.graph is not None:
            return await self._of_graph(request, request.graph)
        source = await self._source(request)
        packages = await self.freezes.selection(source)
        encoding = await wanted(self.models, packages.embedding_model)
        named = {"packages_run": source.run_id, "packages_revision": source.revision}
        return self._selected(
            request,
            under(packages.shards, encoding.model),
            encoding.model,
            _named(request, named, packages.embedding_model),
            packages.settings,
        )

    async def _source(self, request: RankingDataRequested) -> RunKey:
        found = await self.freezes.finished(request.tenant, request.packages_run, request.packages_revision)
        if found is not None:
            return found
        left_seconds = request.wait_seconds - await self.freezes.waited_seconds(run_of(request))
        if left_seconds > 0:
            raise Unavailable("waiting for a run of packages", min(left_seconds, LOOK_AGAIN_SECONDS))
        named = request.packages_run
        missing = f"the run of packages {named} is not finished or has no packages" if named else NO_PACKAGES
        raise WorkFailed("no_packages", f"{missing}; make packages first, or name a run that has some")

    async def _of_graph(self, request: RankingDataRequested, graph: Reference) -> Selection:
        if graph.bytes > MAX_GRAPH_BYTES:
            raise InvalidEvent("graph", f"{graph.bytes} bytes; at most {MAX_GRAPH_BYTES} are read")
        encoding = await wanted(self.models, request.settings.embedding_model)
        bodies = await asyncio.to_thread(_nodes, await get_content(self.store, graph))
        shards = [
            await self._shard(request.tenant, bodies, some, encoding.model)
            for some in chunks(sorted(bodies), self.shard_items)
        ]
        brief = _named(request, {}, request.settings.embedding_model)
        return self._selected(request, tuple(shards), encoding.model, brief, PackageSettings())

    async def _shard(
        self, tenant: str, bodies: dict[str, bytes], node_ids: Sequence[str], model: str
    ) -> Shard:
        reference = await put_content(
            self.store,
            f"{tenant}/bodies",
            lines_of(bodies, node_ids),
            count=len(node_ids),
            suffix=".jsonl",
        )
        return Shard(shard_id(reference.sha256, model), reference, tuple(node_ids))

    def _selected(
        self,
        request: RankingDataRequested,
        shards: tuple[Shard, ...],
        model: str,
        brief: Brief,
        settings: PackageSettings,
    ) -> Selection:
        return Selection(
            request_sha256=digest(request),
            asked=asked_of(request),
            shards=shards,
            failed=(),
            excluded=(),
            settings=settings,
            budget_usd=request.budget_usd,
            model=model,
            brief=brief,
        )


def _named(request: RankingDataRequested, source: dict[str, object], embedding_model: str | None) -> Brief:
    """The brief, with the run that was found and the model that it has its vectors of."""
    brief = brief_of(request)
    assert brief is not None  # noqa: S101 - ranking data always have one
    settings = request.settings.model_copy(update={"embedding_model": embedding_model})
    return brief.model_copy(update={**source, "settings": settings})


def _nodes(lines: bytes) -> dict[str, bytes]:
    bodies: dict[str, bytes] = {}
    for line in lines.splitlines():
        node = GraphNode.read(line)
        if not NODES.item_id.fullmatch(node.node_id):
            raise InvalidEvent("graph", f"{node.node_id!r} is no id of a node")
        if bodies.setdefault(node.node_id, node.canonical()) != node.canonical():
            raise InvalidEvent("graph", f"two nodes are called {node.node_id!r}; give each its own id")
    return bodies
