"""Workers die at the worst moments: what was answered and written is never paid for again."""

import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import asyncpg
import psutil
import pytest

from contracts import WorkFailed
from llm import Ledger, Prompt, endpoint, reconcile
from llm.answers import Answers
from llm.request import request_for
from local import Endpoints
from objects import ObjectStore
from objects.failpoints import FOLDER
from tests.llm.conftest import Opened
from tests.llm.questions import GOOD, fruit_prompt, question
from tests.llm.scripted import Scripted, say, scripted
from tests.until import until

PAID = Decimal("0.000055")
BAD: dict[str, list[str]] = {"groups": []}


class Died(Exception):
    """Stands for SIGKILL in this process: nothing after it runs."""


@pytest.fixture
def prompt(tmp_path: Path) -> Prompt:
    return fruit_prompt(tmp_path)


@dataclass(frozen=True, slots=True)
class Doomed:
    """A worker in a process of its own that dies at a failpoint. Gives its exit status."""

    servers: Endpoints
    dsn: str
    folder: Path
    tenant: str

    async def ask(self, provider: Scripted, failpoint: str, run_id: str = "RUN_1") -> int:
        (self.folder / failpoint).write_text("delay_seconds=1" if failpoint == "during_call" else "")
        return await (await self._start(provider, run_id)).wait()

    async def freeze(self, provider: Scripted, failpoint: str) -> asyncio.subprocess.Process:
        """Stopped at the failpoint; SIGCONT lets it go on."""
        (self.folder / failpoint).write_text("stop")
        process = await self._start(provider, "RUN_1")

        async def stopped() -> bool:
            return bool(psutil.Process(process.pid).status() == psutil.STATUS_STOPPED)

        await until(stopped, what=f"a worker that is frozen at {failpoint}")
        return process

    async def _start(self, provider: Scripted, run_id: str) -> asyncio.subprocess.Process:
        order = {
            "dsn": self.dsn,
            "folder": str(self.folder),
            "base_url": provider.base_url,
            "tenant": self.tenant,
            "run_id": run_id,
        }
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.llm.asker",
            json.dumps(order),
            env={**os.environ, **self.servers.environment(), FOLDER: str(self.folder)},
        )


@pytest.fixture
def doomed(servers: Endpoints, llm_database: str, tmp_path: Path, tenant: str) -> Doomed:
    return Doomed(servers, llm_database, tmp_path, tenant)


@dataclass(frozen=True, slots=True)
class DyingStore:
    """Passes everything on, and dies right before or after the first put of a key of this kind."""

    store: ObjectStore
    kind: str
    after: bool

    async def put(self, key: str, body: bytes, *, content_type: str = "application/json") -> bool:
        if self.kind in key and not self.after:
            raise Died
        wrote = await self.store.put(key, body, content_type=content_type)
        if self.kind in key:
            raise Died
        return wrote

    async def get(self, key: str) -> bytes:
        return await self.store.get(key)

    async def exists(self, key: str) -> bool:
        return await self.store.exists(key)

    async def list(self, prefix: str) -> list[str]:
        return await self.store.list(prefix)


@dataclass(frozen=True, slots=True)
class WatchedStore(DyingStore):
    """Says when a key of this kind was written, and goes on."""

    after: bool = True
    written: asyncio.Event = field(default_factory=asyncio.Event)

    async def put(self, key: str, body: bytes, *, content_type: str = "application/json") -> bool:
        wrote = await self.store.put(key, body, content_type=content_type)
        if self.kind in key:
            self.written.set()
        return wrote


@dataclass(frozen=True, slots=True)
class StaleStore(DyingStore):
    """Tells only when it is let what it saw long ago: that of a worker that was frozen."""

    after: bool = False
    looked: asyncio.Event = field(default_factory=asyncio.Event)
    thawed: asyncio.Event = field(default_factory=asyncio.Event)

    async def put(self, key: str, body: bytes, *, content_type: str = "application/json") -> bool:
        return await self.store.put(key, body, content_type=content_type)

    async def get(self, key: str) -> bytes:
        try:
            return await self.store.get(key)
        finally:
            if self.kind in key:
                self.looked.set()
                await self.thawed.wait()


@pytest.mark.parametrize(
    ("failpoint", "calls_before"), [("before_call", 0), ("during_call", 1), ("after_answer_before_file", 1)]
)
async def test_a_worker_killed_before_its_answer_was_written_leaves_the_question_open(
    *,
    opened: Opened,
    prompt: Prompt,
    tenant: str,
    ledger: Ledger,
    doomed: Doomed,
    failpoint: str,
    calls_before: int,
) -> None:
    async with scripted(say(GOOD, seconds=3)) as provider, opened(provider.base_url) as model:
        assert await doomed.ask(provider, failpoint) == -signal.SIGKILL
        assert len(provider.received) == calls_before
        charged = (await ledger.spending(tenant, "RUN_1")).spent_usd
        assert charged > PAID  # nobody knows whether it was billed: the most that it can cost
        provider.replies = [say(GOOD)]
        answered = await model.ask(question(prompt, tenant))
    assert answered.attempts == 1
    assert (await ledger.spending(tenant, "RUN_1")).spent_usd == charged + PAID


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        pytest.param(".raw-", True, id="right after the raw answer"),
        pytest.param("/package_proposal/", False, id="before the interaction file"),
        pytest.param("/package_proposal/", True, id="after the interaction file"),
        pytest.param("/0.json", False, id="before the answer file"),
        pytest.param("/0.json", True, id="after the answer file"),
    ],
)
@pytest.mark.parametrize(
    "run_id", [pytest.param("RUN_1", id="same run"), pytest.param("RUN_2", id="another run")]
)
async def test_once_the_raw_answer_is_written_nobody_pays_again_and_the_books_are_right(
    *,
    opened: Opened,
    prompt: Prompt,
    tenant: str,
    store: ObjectStore,
    ledger: Ledger,
    pool: asyncpg.Pool,
    kind: str,
    after: bool,
    run_id: str,
) -> None:
    async with scripted(say(GOOD)) as provider, opened(provider.base_url) as model:
        async with opened(provider.base_url, store=DyingStore(store, kind, after)) as dying:
            with pytest.raises(Died):
                await dying.ask(question(prompt, tenant))
        answered = await model.ask(question(prompt, tenant, run_id=run_id))
        assert len(provider.received) == 1
    assert answered.from_store
    await reconcile(store, ledger, tenant, "RUN_1")
    assert (await ledger.spending(tenant, "RUN_1")).spent_usd == PAID
    rows = await pool.fetch("select * from read.llm_cost_v1 order by run_id")
    assert [row["run_id"] for row in rows] == sorted({"RUN_1", run_id})
    assert (rows[0]["calls"], rows[0]["cost_usd"]) == (1, PAID)
    assert rows[-1]["stored_answers"] == 1


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("kind", ["/package_proposal/", "/0.json"])
async def test_a_worker_that_died_between_its_files_leaves_none_without_a_row(
    *, opened: Opened, prompt: Prompt, tenant: str, store: ObjectStore, ledger: Ledger, kind: str, after: bool
) -> None:
    async with scripted(say(GOOD)) as provider, opened(provider.base_url) as model:
        async with opened(provider.base_url, store=DyingStore(store, kind, after)) as dying:
            with pytest.raises(Died):
                await dying.ask(question(prompt, tenant))
        await model.ask(question(prompt, tenant))
    assert await reconcile(store, ledger, tenant, "RUN_1") == 0


async def test_a_cancelled_attempt_leaves_no_file_without_a_row(
    opened: Opened, prompt: Prompt, tenant: str, store: ObjectStore, ledger: Ledger
) -> None:
    async with scripted(say(GOOD)) as provider:
        watched = WatchedStore(store, "/package_proposal/")
        async with opened(provider.base_url, store=watched) as model:
            asking = asyncio.create_task(model.ask(question(prompt, tenant)))
            await watched.written.wait()
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking

            async def indexed() -> bool:
                return len(await ledger.indexed(tenant, "RUN_1")) == 1

            await until(indexed, what="the row of the file that was written")


async def test_a_worker_that_was_frozen_before_its_call_does_not_pay_for_what_another_has_stored(
    opened: Opened, prompt: Prompt, tenant: str, doomed: Doomed
) -> None:
    async with scripted(say(GOOD)) as provider, opened(provider.base_url) as model:
        frozen = await doomed.freeze(provider, "before_call")
        await model.ask(question(prompt, tenant))
        frozen.send_signal(signal.SIGCONT)
        assert await frozen.wait() == 0
        assert len(provider.received) == 1


async def test_what_a_worker_saw_before_it_was_frozen_is_too_old_to_pay_for(
    opened: Opened, prompt: Prompt, tenant: str, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "FRESH_SECONDS", 0.5)
    frozen = StaleStore(store, ".raw-")
    async with scripted(say(GOOD)) as provider, opened(provider.base_url) as model:
        async with opened(provider.base_url, store=frozen) as zombie:
            asking = asyncio.create_task(zombie.ask(question(prompt, tenant)))
            await frozen.looked.wait()
            await model.ask(question(prompt, tenant))
            await asyncio.sleep(endpoint.FRESH_SECONDS)
            frozen.thawed.set()
            assert (await asking).from_store
        assert len(provider.received) == 1


async def test_a_conversation_goes_on_where_the_dead_worker_left_it(
    opened: Opened, prompt: Prompt, tenant: str, store: ObjectStore
) -> None:
    async with scripted(say(BAD), say(GOOD)) as provider, opened(provider.base_url) as model:
        async with opened(
            provider.base_url, store=DyingStore(store, "/package_proposal/", after=True)
        ) as dying:
            with pytest.raises(Died):
                await dying.ask(question(prompt, tenant))
        answered = await model.ask(question(prompt, tenant))
        assert len(provider.received) == 2
    assert answered.attempts == 2
    assert "id 1 is missing" in provider.received[1]["messages"][-1]["content"]


async def test_a_bad_answer_of_one_revision_does_not_spoil_the_next(
    opened: Opened, prompt: Prompt, tenant: str
) -> None:
    async with (
        scripted(say(BAD), say(BAD), say(BAD), say(GOOD)) as provider,
        opened(provider.base_url) as model,
    ):
        with pytest.raises(WorkFailed, match="bad_answer"):
            await model.ask(question(prompt, tenant))
        answered = await model.ask(question(prompt, tenant, revision=2))
        assert len(provider.received) == 4
    assert answered.attempts == 1


async def test_a_lost_row_is_made_again_from_its_file_exactly_as_it_was(
    *, opened: Opened, prompt: Prompt, tenant: str, store: ObjectStore, ledger: Ledger, pool: asyncpg.Pool
) -> None:
    async with scripted(say(BAD), say(GOOD)) as provider, opened(provider.base_url) as model:
        await model.ask(question(prompt, tenant))
        await model.ask(question(prompt, tenant))
    everything = (
        "select (to_jsonb(i) - 'id' - 'created_at')::text from llm.llm_interaction_index i order by file_path"
    )
    before = await pool.fetch(everything)
    await pool.execute("delete from llm.llm_interaction_index where attempt = 1")
    assert await reconcile(store, ledger, tenant, "RUN_1") == 2
    assert await reconcile(store, ledger, tenant, "RUN_1") == 0
    assert await pool.fetch(everything) == before
    assert len(before) == 3


async def test_a_database_that_goes_away_during_the_call_costs_no_answer(
    opened: Opened, prompt: Prompt, tenant: str, pool: asyncpg.Pool
) -> None:
    async with scripted(say(GOOD, seconds=0.3)) as provider, opened(provider.base_url) as model:
        asking = asyncio.create_task(model.ask(question(prompt, tenant)))
        await until(provider.is_busy, what="the call under way")
        await pool.execute("alter table llm.slot rename to slot_away")
        with pytest.raises(asyncpg.UndefinedTableError):
            await asking
        await pool.execute("alter table llm.slot_away rename to slot")
        assert (await model.ask(question(prompt, tenant))).from_store
        assert len(provider.received) == 1


async def test_two_workers_of_one_revision_go_on_with_the_same_raw_answer_and_both_are_booked(
    *, opened: Opened, prompt: Prompt, tenant: str, store: ObjectStore, ledger: Ledger, pool: asyncpg.Pool
) -> None:
    async with (
        scripted(say(BAD, seconds=0.2), say(GOOD, seconds=0.2)) as provider,
        opened(provider.base_url) as model,
    ):
        first, second = await asyncio.gather(*(model.ask(question(prompt, tenant)) for _ in range(2)))
        calls = len(provider.received)
    assert first.value == second.value
    assert (await ledger.spending(tenant, "RUN_1")).spent_usd == calls * PAID
    row = await pool.fetchrow("select * from read.llm_cost_v1")
    assert row is not None
    assert (row["calls"], row["cost_usd"]) == (calls, calls * PAID)
    request = request_for(question(prompt, tenant), "gemini-2.5-flash")
    assert len(await Answers(store).raw(request)) == 1
    assert not await Answers(store).raw(replace(request, sample=1))
