"""What is made in a working folder, and the model that the environment names."""

import asyncio
import json
from pathlib import Path
from typing import Any, Final

import pytest

from ranker.data_gen import main

OUTPUT: Final = Path("data/processed/ranking_training_data.json")
SIDECAR: Final = OUTPUT.with_name("ranking_training_data.metadata.json")
DRY: Final = ("--dry-run", "--seed", "1")
NOWHERE: Final = "http://127.0.0.1:9/v1"  # nobody listens there


def ask(monkeypatch: pytest.MonkeyPatch, base_url: str, **others: str) -> None:
    """The model that the environment names."""
    for name, value in {"LLM_PROFILE": "simulator", "LLM_BASE_URL": base_url, **others}.items():
        monkeypatch.setenv(name, value)


async def ran(*argv: str) -> None:
    """Beside the simulator, which answers only while this loop is free."""
    assert await asyncio.to_thread(main, argv) == 0


def records(path: Path = OUTPUT) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_bytes())
    return found


def body(path: str | Path = OUTPUT) -> bytes:
    return Path(path).read_bytes()


def names(pattern: str = "*") -> set[str]:
    """What is in the working folder."""
    return {str(path) for path in Path().glob(pattern)}


def sidecar() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SIDECAR.read_bytes())
    return found


def made_by(of: list[dict[str, Any]]) -> set[str]:
    return {one["metadata"]["made_by"] for one in of}


def clusters(of: list[dict[str, Any]]) -> set[str]:
    return {one["cluster_id"] for one in of}
