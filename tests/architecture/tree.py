"""The repository as tests of its shape see it."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MEMBERS = ("libs", "services", "apps", "deploy")


def member_folders() -> list[Path]:
    """The folders that hold a package each."""
    return sorted(path.parent for top in MEMBERS for path in (ROOT / top).glob("*/pyproject.toml"))


def python_files(*tops: str) -> Iterator[Path]:
    for top in tops:
        for path in sorted((ROOT / top).rglob("*.py")):
            if not any(part.startswith((".", "__pycache__")) for part in path.relative_to(ROOT).parts):
                yield path
