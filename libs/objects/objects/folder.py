"""Objects as files below one folder, for a single machine."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar

from contracts import Unavailable
from objects.store import ObjectMissing, checked_key

UNFINISHED = ".unfinished"  # no key begins with a dot
T = TypeVar("T")


class FolderObjects:
    def __init__(self, root: Path) -> None:
        self.root = root

    async def put(self, key: str, body: bytes, *, content_type: str = "application/json") -> bool:
        return await _in_thread(lambda: self._put(self._path(key), body))

    async def get(self, key: str) -> bytes:
        try:
            return await _in_thread(self._path(key).read_bytes)
        except FileNotFoundError:
            raise ObjectMissing(key) from None

    async def exists(self, key: str) -> bool:
        return await _in_thread(self._path(key).is_file)

    async def remove(self, key: str) -> None:
        """For what is kept elsewhere, too. Twice is the same as once."""
        await _in_thread(lambda: self._remove(self._path(key)))

    def _remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        if path.parent.exists():
            _sync_folder(path.parent)

    def _path(self, key: str) -> Path:
        return self.root / checked_key(key)

    def _put(self, path: Path, body: bytes) -> bool:
        unfinished = self.root / UNFINISHED
        unfinished.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=unfinished) as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
            try:
                # A link appears whole or not at all, and never replaces: the first writer wins.
                os.link(file.name, path)
            except FileExistsError:
                return False
        _sync_folder(path.parent)
        return True

    def _keys(self, prefix: str) -> list[str]:
        start = self.root / prefix.rpartition("/")[0]
        keys = (path.relative_to(self.root).as_posix() for path in start.rglob("*") if path.is_file())
        return sorted(key for key in keys if key.startswith(prefix) and not key.startswith(UNFINISHED))

    async def list(self, prefix: str) -> list[str]:
        return await _in_thread(lambda: self._keys(prefix))


async def _in_thread(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unavailable(f"object store: {error}") from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
