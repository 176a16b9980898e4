"""Files that appear together, each whole or not at all."""

import os
import secrets
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from contracts.errors import AssortError


class OutputExists(AssortError):
    """Something is where a file is to be written."""


def refuse_obstacles(path: Path) -> None:
    """What no writing can replace: a folder in its place, or a file in place of its folder."""
    if path.is_dir():
        raise OutputExists(f"{path} is a folder: name a file in it")
    standing = next(folder for folder in path.absolute().parents if folder.exists())
    if not standing.is_dir():
        raise OutputExists(
            f"{standing} is a file, so {path} cannot be written below it: choose another place"
        )


def write_together(files: Mapping[Path, Iterable[bytes]], *, gone: Collection[Path] = ()) -> None:
    """Replaces files, in the order given, once all of them are on the disk; those `gone` are removed.

    Whatever fails while they are being written leaves everything as it was.
    """
    for path in files:
        refuse_obstacles(path)
    halves = {path: _half_of(path) for path in files}
    try:
        for path, body in files.items():
            _write(halves[path], body)
        for path in gone:
            path.unlink(missing_ok=True)
        for path, half in halves.items():
            half.replace(path)
    finally:
        for half in halves.values():
            half.unlink(missing_ok=True)
    for folder in sorted({path.parent for path in files}):
        _sync_folder(folder)


def _half_of(path: Path) -> Path:
    # Longer than the name itself: a name too long fails here, not while files are being replaced.
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.half")


def _write(half: Path, body: Iterable[bytes]) -> None:
    half.parent.mkdir(parents=True, exist_ok=True)
    with half.open("xb") as file:
        file.writelines(body)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """A new name is safe only when its folder is on the disk, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
