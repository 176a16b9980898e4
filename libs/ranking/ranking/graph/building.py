"""Clusters of a graph of deals: each platform with the add-ons and events that are linked to it."""

from collections.abc import Container, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import networkx as nx
import numpy as np

from contracts.errors import InvalidEvent
from contracts.ranking import GraphNode, NodeKind
from ranking.candidate import Candidate, Collection, MiniCluster, Vectors
from ranking.graph.linking import Placed, linked

KIND_WORDS: Final[Mapping[NodeKind, str]] = MappingProxyType(
    {"platform": "platform company", "add_on": "add-on acquisition", "event": "event"}
)


def text_of(node: GraphNode) -> str:
    """What of a node is searched. Of its links nothing: who is in a cluster must not be read off a text."""
    parts = (
        node.name,
        KIND_WORDS[node.kind],
        ", ".join(node.sectors),
        ", ".join(node.regions),
        node.snippet,
        ", ".join(node.attributes),
    )
    return ". ".join(part.rstrip(" .") for part in parts if part)


def collection(nodes: Sequence[GraphNode], vectors: Vectors, model: str) -> Collection:
    """`vectors` in the order of `nodes`; rows are sorted here.

    Links to nodes that are not given are left out.
    """
    if len(nodes) != len(vectors):
        raise InvalidEvent(
            "vectors", f"give each node its vector: {len(nodes)} nodes, {len(vectors)} vectors"
        )
    row = {node.node_id: number for number, node in enumerate(nodes)}
    ordered = linked((Placed(_within(node, row), f"node {node.node_id!r}") for node in nodes), "graph")
    graph = _graph(ordered)
    return Collection(
        candidates=tuple(_candidate(node) for node in ordered),
        clusters=tuple(_cluster(graph, node) for node in ordered if node.kind == "platform"),
        vectors=np.asarray(vectors, np.float32)[[row[node.node_id] for node in ordered]],
        model=model,
        homes=dict(_homes(ordered)),
    )


def _within(node: GraphNode, there: Container[str]) -> GraphNode:
    return node.model_copy(update={"links": tuple(link for link in node.links if link in there)})


def _graph(nodes: Sequence[GraphNode]) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(node.node_id for node in nodes)
    graph.add_edges_from((node.node_id, platform) for node in nodes for platform in node.links)
    return graph


def _cluster(graph: nx.Graph, platform: GraphNode) -> MiniCluster:
    core = {platform.node_id, *graph[platform.node_id]}
    around = set(_neighbours(graph, platform.node_id)) - core
    return MiniCluster(
        cluster_id=platform.node_id,
        name=platform.name,
        home=platform.node_id,
        core=tuple(sorted(core)),
        around=tuple(sorted(around)),
    )


def _neighbours(graph: nx.Graph, platform: str) -> Iterator[str]:
    """The platforms that share an add-on or an event with this one, and all that is linked to them."""
    others = {other for member in graph[platform] for other in graph[member]}
    for other in others:
        yield other
        yield from graph[other]


def _homes(nodes: Sequence[GraphNode]) -> Iterator[tuple[str, str]]:
    """Of several platforms the first by id; who belongs to none has no home."""
    for node in nodes:
        if node.kind == "platform":
            yield node.node_id, node.node_id
        elif node.links:
            yield node.node_id, min(node.links)


def _candidate(node: GraphNode) -> Candidate:
    return Candidate(
        candidate_id=node.node_id,
        name=node.name,
        text=text_of(node),
        sectors=node.sectors,
        regions=node.regions,
        attributes=(f"kind: {node.kind}", *node.attributes),
        snippet=node.snippet,
    )
