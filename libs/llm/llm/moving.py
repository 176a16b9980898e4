"""The log of a run, moved from the folder of a machine to a bucket, and back.

    plan (every file with its sha256) -> copy -> read back -> switch the index -> remove, if that is wished

Whoever is killed anywhere in between begins again and ends the same: files are written once, the index is
switched in one transaction, and nothing is removed before what is left was read and compared.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar

from contracts import WorkFailed
from llm.moves import File, Log, Moves, State
from llm.paths import INTERACTION_SUFFIXES, PACKED, located
from objects import ObjectMissing, ObjectStore, failpoint

AT_ONCE: Final = 16
SHOWN: Final = 5

_T = TypeVar("_T")


class Place(ObjectStore, Protocol):
    """A store whose objects may be removed, because they are elsewhere, too."""

    async def remove(self, key: str) -> None: ...


@dataclass(slots=True)
class Report:
    """What there is, and what this call did about it."""

    bucket: str
    state: State
    files: int = 0
    bytes: int = 0
    copied: int = 0
    verified: int = 0
    skipped: int = 0  # done by a call before
    removed: int = 0
    rows: int = 0  # of the index that were changed
    steps: dict[str, int] = field(default_factory=dict, repr=False)

    async def step(self, name: str) -> None:
        """A test may kill us after the first, second, ... time that something was done."""
        self.steps[name] = self.steps.get(name, 0) + 1
        await failpoint(f"{name}_{self.steps[name]}")


@dataclass(frozen=True, slots=True)
class Mover:
    local: Place
    open_bucket: Callable[[str], Place]
    moves: Moves

    async def migrate(
        self, log: Log, bucket: str, *, verify_again: bool = False, remove_local: bool = False
    ) -> Report:
        """To the bucket. Again: also what a call before has verified is read back."""
        async with self.moves.alone(log):
            await self._same_bucket(log, bucket)
            files, here = await self._plan(log, bucket)
            report = _report(files, bucket, "copying")
            await report.step("move_planned")
            transit = _Transit(log, self.local, self.open_bucket(bucket), self.moves, report)
            await _each(files, lambda file: transit.copy(file, again=verify_again, here=file.key in here))
            await report.step("move_copied_all")
            report.rows = await self.moves.switch_out(log, bucket)
            report.state = "moved"
            await report.step("move_switched")
            if remove_local:
                await _each(files, transit.remove_local)
            return report

    async def rollback(self, log: Log, *, remove_remote: bool = False) -> Report:
        """Back to the folder; what the bucket holds stays there unless its removal is wished."""
        async with self.moves.alone(log):
            move = await self.moves.find(log)
            if move is None:
                raise _refused(f"the log of {log.run_id} was never moved: nothing is to be rolled back")
            files = list((await self.moves.files(log)).values())
            report = _report(files, move.bucket, "returning")
            transit = _Transit(log, self.local, self.open_bucket(move.bucket), self.moves, report)
            if move.state != "local":
                await self.moves.set_state(log, "returning")
            await _each(files, transit.bring_back)
            await self._check_index(log, {file.key: file for file in files}, only_moved=True)
            await report.step("return_copied_all")
            report.rows = await self.moves.switch_back(log, move.bucket)
            report.state = "local"
            await report.step("return_switched")
            if remove_remote:
                await _each(files, transit.remove_remote)
            return report

    async def _same_bucket(self, log: Log, bucket: str) -> None:
        opened = await self.moves.open(log, bucket)
        if opened != bucket:
            raise _refused(
                f"the log of {log.run_id} went to the bucket {opened}, not {bucket}:"
                " set S3_BUCKET to it, or roll back first"
            )

    async def _plan(self, log: Log, bucket: str) -> tuple[list[File], frozenset[str]]:
        """All files of the log, and which of them are in the folder."""
        known = await self.moves.files(log)
        found = await self._found(log)
        changed = [key for key in found.keys() & known.keys() if found[key].sha256 != known[key].sha256]
        if changed:
            raise _refused(f"changed since the move began: {_named(changed)}; restore it, or roll back")
        lost = [key for key, file in known.items() if key not in found and not file.verified]
        if lost:
            raise _refused(f"neither in the folder nor verified in the bucket {bucket}: {_named(lost)}")
        whole = {**found, **known}
        if not whole:
            raise _refused(
                f"there is no file below {log.folder}: is STORAGE_ROOT the folder of the services?"
            )
        await self._check_index(log, whole)
        await self.moves.plan(log, found.values())
        return [whole[key] for key in sorted(whole)], frozenset(found)

    async def _found(self, log: Log) -> dict[str, File]:
        found: dict[str, File] = {}

        async def look(key: str) -> None:
            try:
                body = await self.local.get(key)
            except ValueError as error:
                raise _refused(f"{key} has no name for an object: move it out of the folder") from error
            found[key] = File(key, _sha256(body), len(body))

        await _each(await self.local.list(log.folder), look)
        return found

    async def _check_index(self, log: Log, files: dict[str, File], *, only_moved: bool = False) -> None:
        """Every row of the index has its file, and the file the bytes of the row."""
        found = [(located(row.path), row) for row in await self.moves.indexed(log)]
        rows = {at.key: row for at, row in found if at.bucket or not only_moved}
        if missing := rows.keys() - files.keys():
            raise _refused(f"in the index, and not in the folder: {_named(missing)}")
        wrong = [
            key
            for key, row in rows.items()
            if (row.sha256, row.bytes) != (files[key].sha256, files[key].bytes)
        ]
        if wrong:
            raise _refused(f"not what the index says, its bytes were changed: {_named(wrong)}")


@dataclass(frozen=True, slots=True)
class _Transit:
    """One file at a time, between the two places of a log."""

    log: Log
    local: Place
    remote: Place
    moves: Moves
    report: Report

    async def copy(self, file: File, *, again: bool, here: bool) -> None:
        if file.verified and not again:
            self.report.skipped += 1
            return
        if here and await self.remote.put(
            file.key, await self.local.get(file.key), content_type=_content_type(file.key)
        ):
            self.report.copied += 1
            await self.report.step("move_copied")
        await self._compared(self.remote, file)
        await self.moves.mark(self.log, file.key, "verified_at")
        self.report.verified += 1
        await self.report.step("move_verified")

    async def bring_back(self, file: File) -> None:
        if not file.verified:  # it never counted as moved, so nothing has touched the one in the folder
            self.report.skipped += 1
            return
        if not await self.local.exists(file.key):
            body = await self._compared(self.remote, file)
            await self.local.put(file.key, body)
            self.report.copied += 1
            await self.report.step("return_copied")
        await self._compared(self.local, file)
        self.report.verified += 1

    async def remove_local(self, file: File) -> None:
        if await self.local.exists(file.key):
            await self._compared(self.remote, file)
            await self.local.remove(file.key)
            self.report.removed += 1
            await self.report.step("move_removed")
        await self.moves.mark(self.log, file.key, "removed_at")

    async def remove_remote(self, file: File) -> None:
        await self._compared(self.local, file)
        await self.remote.remove(file.key)
        self.report.removed += 1
        await self.report.step("return_removed")

    async def _compared(self, place: Place, file: File) -> bytes:
        where = self.report.bucket if place is self.remote else "the folder"
        try:
            body = await place.get(file.key)
        except ObjectMissing as error:
            raise _refused(f"{file.key} is not in {where}; nothing of it was removed") from error
        if _sha256(body) != file.sha256:
            raise _refused(f"{file.key} in {where} has other bytes than were planned: keep the right one")
        return body


async def _each(things: Iterable[_T], work: Callable[[_T], Awaitable[None]]) -> None:
    """Many, a few at a time. The first failure is the one that is told."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(thing: _T) -> None:
        async with turns:
            await work(thing)

    try:
        async with asyncio.TaskGroup() as group:
            for thing in things:
                group.create_task(one(thing))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


def _report(files: list[File], bucket: str, state: State) -> Report:
    return Report(bucket, state, files=len(files), bytes=sum(file.bytes for file in files))


def _content_type(key: str) -> str:
    if key.endswith(PACKED):
        return "application/gzip"
    return "application/json" if key.endswith(INTERACTION_SUFFIXES) else "text/plain; charset=utf-8"


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _refused(words: str) -> WorkFailed:
    return WorkFailed("log_not_moved", words)


def _named(keys: Iterable[str]) -> str:
    names = sorted(keys)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"
