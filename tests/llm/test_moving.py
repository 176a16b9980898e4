"""The log of a run goes to a bucket and back: killed anywhere, and nothing is lost."""

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from cli.domain.checks_calls import every_call_has_its_file_and_every_file_its_row
from cli.domain.evidence import Interaction as Call
from cli.log_files import log_files
from contracts import Unavailable, WorkFailed
from llm import Ledger, Log, Mover, Moves, reconcile
from llm.interactions import Interactions
from llm.moving import Place
from local import Endpoints
from objects import FolderObjects, ObjectStore, S3Objects
from objects.failpoints import FOLDER
from tests.cli.runs import sound_run
from tests.llm.questions import fruit_prompt, question
from tests.llm.test_interactions import interaction

FILES = 40
RUN_ID = "RUN_1"
ODD = "an unfinished thought"

# Where a process dies, and how often it has done that before. The one after it goes on with what is left.
OUT = ("move_planned", "move_copied", "move_verified", "move_copied_all", "move_switched", "move_removed")
BACK = ("return_copied", "return_copied_all", "return_switched", "return_removed")
ONCE = {"move_planned", "move_copied_all", "move_switched", "return_copied_all", "return_switched"}


@dataclass(frozen=True)
class Moving:
    """A run of forty calls, some of them packed, whose log is in a folder."""

    tenant: str
    folder: Path
    local: FolderObjects
    remote: S3Objects
    pool: asyncpg.Pool
    dsn: str
    servers: Endpoints

    @property
    def log(self) -> Log:
        return Log(self.tenant, RUN_ID)

    @property
    def mover(self) -> Mover:
        return Mover(self.local, lambda _: self.remote, Moves(self.pool))

    @property
    def bucket(self) -> str:
        return self.servers.s3.bucket

    async def write(self, first: int = 0, count: int = FILES) -> None:
        prompt = fruit_prompt(self.folder)
        asked = question(prompt, self.tenant)
        for number in range(first, first + count):
            log = Interactions(self.local, compressed=number % 2 == 1)
            said = interaction(asked)
            at = datetime(2026, 6, 18, 12, tzinfo=UTC) + timedelta(minutes=number)
            metadata = said.metadata.model_copy(update={"timestamp": at, "cached": False})
            await log.archive(asked.call, prompt)
            row = await log.write(asked.call, said.model_copy(update={"metadata": metadata}), str(number))
            await Ledger(self.pool).record(row)

    async def kept(self, store: ObjectStore) -> dict[str, bytes]:
        keys = await store.list(self.log.folder)
        return dict(zip(keys, await asyncio.gather(*map(store.get, keys)), strict=True))

    async def rows(self) -> list[dict[str, Any]]:
        query = "select * from read.llm_interactions_v1 where tenant = $1 order by id"
        return [dict(row) for row in await self.pool.fetch(query, self.tenant)]

    async def state(self) -> dict[str, Any]:
        query = "select * from read.llm_interaction_moves_v1 where tenant = $1"
        row = await self.pool.fetchrow(query, self.tenant)
        assert row is not None
        return dict(row)

    async def findings(self) -> list[str]:
        """What `assort verify` says about the calls."""
        calls = tuple(
            Call(row["file_path"], row["sha256"], row["bytes"], None, 0.0, cached=True, at=row["created_at"])
            for row in await self.rows()
        )
        run = replace(sound_run(), tenant=self.tenant, run_id=RUN_ID, interactions=calls)
        files = await log_files(self.local, run, lambda _: self.remote)
        return list(every_call_has_its_file_and_every_file_its_row(replace(run, files=files)))

    async def killed(self, what: str, points: Sequence[str]) -> None:
        """A process for each point, killed there; the last one is left to finish."""
        ends = await self._ends(what, [*points, None])
        assert ends == [*(-signal.SIGKILL for _ in points), 0], points

    async def killed_at(self, what: str, point: str) -> None:
        assert await self._ends(what, [point]) == [-signal.SIGKILL]

    async def _ends(self, what: str, points: Sequence[str | None]) -> Any:
        order = {"dsn": self.dsn, "folder": str(self.folder), "tenant": self.tenant, "run_id": RUN_ID}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.llm.mover",
            json.dumps({**order, "what": what, "points": points}),
            env={**os.environ, **self.servers.environment(), FOLDER: str(self.folder / "kill")},
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        return json.loads(said)


@pytest.fixture
async def moving(
    *,
    tmp_path: Path,
    tenant: str,
    store: S3Objects,
    pool: asyncpg.Pool,
    llm_database: str,
    servers: Endpoints,
) -> Moving:
    (tmp_path / "kill").mkdir()
    made = Moving(tenant, tmp_path, FolderObjects(tmp_path), store, pool, llm_database, servers)
    await made.write()
    return made


def points(names: Sequence[str], seed: int) -> list[str]:
    chance = random.Random(seed)  # noqa: S311 - where to kill, no secret
    return [f"{name}_{1 if name in ONCE else chance.randint(1, 6)}" for name in names]


@pytest.mark.parametrize("seed", range(3))
async def test_a_move_that_is_killed_at_ten_points_loses_nothing_either_way(
    moving: Moving, seed: int
) -> None:
    files, rows = await moving.kept(moving.local), await moving.rows()
    assert len(files) == FILES + 1

    await moving.killed("migrate", points(OUT, seed))

    assert await moving.kept(moving.remote) == files
    assert await moving.kept(moving.local) == {}
    at = f"s3://{moving.bucket}/"
    assert await moving.rows() == [
        {**row, "file_path": at + row["file_path"], "prompt_file": at + row["prompt_file"]} for row in rows
    ]
    assert await moving.findings() == []
    assert ((await moving.state())["state"], (await moving.state())["removed"]) == ("moved", FILES + 1)

    await moving.killed("rollback", points(BACK, seed))

    assert await moving.kept(moving.local) == files
    assert await moving.kept(moving.remote) == {}
    assert await moving.rows() == rows
    assert await moving.findings() == []
    assert (await moving.state())["state"] == "local"


async def test_moving_twice_is_the_same_as_once(moving: Moving) -> None:
    first = await moving.mover.migrate(moving.log, moving.bucket)
    again = await moving.mover.migrate(moving.log, moving.bucket)
    sure = await moving.mover.migrate(moving.log, moving.bucket, verify_again=True)

    assert (first.copied, first.verified, first.skipped, first.rows) == (FILES + 1, FILES + 1, 0, FILES)
    assert (again.copied, again.verified, again.skipped, again.rows) == (0, 0, FILES + 1, 0)
    assert (sure.copied, sure.verified) == (0, FILES + 1)
    assert await moving.findings() == []
    assert len(await moving.kept(moving.local)) == FILES + 1

    for rows in (FILES, 0):
        assert (await moving.mover.rollback(moving.log)).rows == rows
        assert await moving.findings() == []
    assert len(await moving.kept(moving.remote)) == FILES + 1


async def test_what_is_written_after_a_move_is_moved_by_the_next(moving: Moving) -> None:
    await moving.mover.migrate(moving.log, moving.bucket, remove_local=True)
    await moving.write(first=FILES, count=3)
    assert await moving.findings() == []
    assert await reconcile(moving.local, Ledger(moving.pool), moving.tenant, RUN_ID) == 0

    report = await moving.mover.migrate(moving.log, moving.bucket, remove_local=True)

    assert (report.rows, report.copied) == (3, 3)
    assert await moving.findings() == []
    await moving.write(first=FILES + 3, count=1)
    await moving.mover.rollback(moving.log)
    assert await moving.findings() == []


async def test_a_file_without_a_row_is_moved_and_stays_a_finding(moving: Moving) -> None:
    key = f"{moving.log.folder}package_proposal/odd.json"
    await moving.local.put(key, ODD.encode())
    before = await moving.findings()

    await moving.mover.migrate(moving.log, moving.bucket, remove_local=True)

    assert before == [f"{key} is in the store and not in the index"]
    assert await moving.findings() == [f"s3://{moving.bucket}/{key} is in the store and not in the index"]
    await moving.mover.rollback(moving.log, remove_remote=True)
    assert await moving.findings() == before


async def test_bytes_that_the_index_does_not_know_stop_it_before_the_switch(moving: Moving) -> None:
    key = (await moving.rows())[3]["file_path"]
    (moving.folder / key).write_bytes(b"{}")

    with pytest.raises(WorkFailed, match=f"its bytes were changed: {key}"):
        await moving.mover.migrate(moving.log, moving.bucket)

    assert await moving.kept(moving.remote) == {}
    (moving.folder / key).unlink()
    with pytest.raises(WorkFailed, match=f"in the index, and not in the folder: {key}"):
        await moving.mover.migrate(moving.log, moving.bucket)
    assert not [row for row in await moving.rows() if row["file_path"].startswith("s3://")]


async def test_a_wrong_copy_in_the_bucket_is_never_pointed_to(moving: Moving) -> None:
    key = (await moving.rows())[0]["file_path"]
    await moving.remote.put(key, b"somebody else's")

    with pytest.raises(WorkFailed, match="other bytes than were planned"):
        await moving.mover.migrate(moving.log, moving.bucket, remove_local=True)

    assert len(await moving.kept(moving.local)) == FILES + 1
    assert await moving.findings() == []
    await moving.mover.rollback(moving.log)
    assert await moving.findings() == []


@pytest.mark.parametrize("lost", ["remote", "local"])
async def test_nothing_is_removed_whose_other_copy_is_gone(moving: Moving, lost: str) -> None:
    await moving.mover.migrate(moving.log, moving.bucket)
    key = (await moving.rows())[0]["file_path"].removeprefix(f"s3://{moving.bucket}/")
    place: Place = moving.remote if lost == "remote" else moving.local
    await place.remove(key)

    if lost == "remote":
        assert await moving.findings() == [f"s3://{moving.bucket}/{key} is in the index and not in the store"]
        with pytest.raises(WorkFailed, match="is not in"):
            await moving.mover.migrate(moving.log, moving.bucket, remove_local=True)
        assert await moving.local.exists(key)
    await moving.mover.rollback(moving.log)
    assert await moving.findings() == []
    assert len(await moving.kept(moving.local)) == FILES + 1


async def test_one_move_at_a_time(moving: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llm.moves.LOCK_SECONDS", 0.05)

    async with moving.mover.moves.alone(moving.log):
        with pytest.raises(Unavailable, match="moved by another process"):
            await moving.mover.migrate(moving.log, moving.bucket)


async def test_a_log_that_was_never_moved_and_one_that_is_nowhere_are_refused(moving: Moving) -> None:
    with pytest.raises(WorkFailed, match="was never moved"):
        await moving.mover.rollback(moving.log)
    with pytest.raises(WorkFailed, match="there is no file below"):
        await moving.mover.migrate(Log(moving.tenant, "RUN_2"), moving.bucket)


async def test_another_bucket_needs_a_rollback_first(moving: Moving) -> None:
    await moving.mover.migrate(moving.log, moving.bucket)

    with pytest.raises(WorkFailed, match=f"went to the bucket {moving.bucket}, not elsewhere"):
        await moving.mover.migrate(moving.log, "elsewhere")


async def test_once_it_is_back_a_log_may_change_and_move_again(moving: Moving) -> None:
    key = f"{moving.log.folder}package_proposal/odd.json"
    await moving.local.put(key, ODD.encode())
    await moving.mover.migrate(moving.log, moving.bucket)
    await moving.mover.rollback(moving.log, remove_remote=True)
    await moving.local.remove(key)

    report = await moving.mover.migrate(moving.log, moving.bucket, remove_local=True)

    assert report.files == FILES + 1
    assert await moving.findings() == []


async def test_a_rollback_in_the_middle_of_a_move_leaves_the_folder_as_it_was(moving: Moving) -> None:
    files = await moving.kept(moving.local)
    await moving.killed_at("migrate", "move_verified_3")

    report = await moving.mover.rollback(moving.log)

    assert (report.rows, report.copied) == (0, 0)
    assert await moving.kept(moving.local) == files
    assert await moving.findings() == []
