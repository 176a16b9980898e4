"""Where the files of a run lie, and how one is written so that nobody ever reads half of it."""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from cli.errors import CliError

STAMP = re.compile(r"^RUN_(\d{8})T(\d{6})Z_")


@dataclass(frozen=True, slots=True)
class Place:
    """One revision of a run in one folder. The same revision always has the same files."""

    folder: Path
    stamp: str

    def file(self, name: str, ending: str) -> Path:
        return self.folder / f"{name}_{self.stamp}.{ending}"

    @property
    def lock(self) -> Path:
        return self.folder / f".packages_{self.stamp}.lock"


def place(folder: Path, run_id: str, revision: int, requested_at: datetime | None) -> Place:
    found = STAMP.match(run_id)
    if found:
        stamp = f"{found[1]}_{found[2]}"
    elif requested_at:
        stamp = f"{requested_at.astimezone(UTC):%Y%m%d_%H%M%S}"
    else:
        raise CliError(f"nobody knows yet when {run_id} was asked for: try again when it is under way")
    return Place(folder, stamp if revision == 1 else f"{stamp}_r{revision}")


@contextmanager
def held(where: Place) -> Iterator[None]:
    """One exporter at a time. The system lets go of the lock when its process dies."""
    where.folder.mkdir(parents=True, exist_ok=True)
    with where.lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CliError(
                f"another `assort export` writes these files ({where.lock} is locked): wait until it ends"
            ) from error
        yield


def replace(path: Path, body: bytes) -> None:
    """The whole file at once: readers see what was there before, or all of the new."""
    half = half_of(path)
    with half.open("wb") as file:
        file.write(body)
        sync(file)
    settle(half, path)


def sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def settle(half: Path, path: Path) -> None:
    half.replace(path)
    sync_folder(path.parent)


def half_of(path: Path) -> Path:
    """Where to write before `settle`; whatever a killed exporter left there is written over."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{path.name}.half")


def sync_folder(folder: Path) -> None:
    """A new name is safe only when its folder is on the disk, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
