"""Nodes of graphs, and folders that hold them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.ranking import GraphNode


def platform(node_id: str, *links: str, **fields: Any) -> GraphNode:
    return GraphNode(node_id=node_id, kind="platform", name=f"Platform {node_id}", links=links, **fields)


def add_on(node_id: str, *links: str, **fields: Any) -> GraphNode:
    return GraphNode(node_id=node_id, kind="add_on", name=f"Add-on {node_id}", links=links, **fields)


def event(node_id: str, *links: str, **fields: Any) -> GraphNode:
    return GraphNode(node_id=node_id, kind="event", name=f"Event {node_id}", links=links, **fields)


def folder_of(folder: Path, files: Mapping[str, Any]) -> Path:
    """Bytes and texts as they are, anything else as JSON."""
    for name, content in files.items():
        text = content if isinstance(content, str | bytes) else json.dumps(content)
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder
