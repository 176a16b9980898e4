"""The shipped SQL on a real Postgres, through thousands of interleavings with crashes at every step.

Workers lease, decide, record and die; leases run out; events come twice, late and in any order; runs are
cancelled and retried; the relay dies between publishing and marking. Whatever happens: no result twice, no
run that does not end, no event id with two contents.
"""

import asyncio
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from faststream.kafka import KafkaBroker
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from contracts import Event, Unavailable, WorkFailed
from contracts.runs import RunCommanded
from local import Endpoints
from runtime import RUNTIME_MIGRATIONS, RuntimeSettings, migrate
from runtime.dispatch import Dispatcher
from runtime.envelope import seal
from runtime.inbox import Lease
from runtime.intake import Intake
from runtime.letters import Raw
from runtime.relay import Relay
from runtime.runs import sweep
from runtime.stage import Stage
from runtime.telemetry import Telemetry
from tests.databases import drop_database
from tests.runtime import probe

NAMES = ("a", "b", "c")
RUNS = st.sampled_from(["RUN_1", "RUN_2"])
EXPIRE = "update inbox set due_at = now() - interval '1 s' where state in ('pending', 'leased')"
EMPTY = "truncate run, inbox, member, outbox, dead_letter, gate, doubled, seen"


class Killed(BaseException):
    """The process dies here: nothing after this line happens, and nobody cleans up."""


@dataclass
class Fate:
    """What the next decision meets."""

    error: BaseException | None = None

    async def decide(self, event: probe.NumberDrawn) -> int:
        error, self.error = self.error, None
        if error is not None:
            raise error
        return event.number * 2


class Topics:
    """Stands for Kafka behind the relay: remembers what was published, in order."""

    def __init__(self) -> None:
        self.records: list[tuple[str, bytes, bytes]] = []

    async def publish(
        self, value: bytes, *, topic: str, headers: dict[str, str], **_: Any
    ) -> "asyncio.Future[None]":
        self.records.append((headers["ce_id"], topic.encode(), value))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


class DeadlyRelay(Relay):
    """Dies after Kafka has the batch and before the outbox knows."""

    async def step(self, connection: Any) -> bool:
        async with connection.transaction():
            await super().step(connection)
            raise Killed


@dataclass
class World:
    runner: asyncio.Runner
    pool: asyncpg.Pool
    stage: Stage
    fate: Fate
    topics: Topics = field(default_factory=Topics)

    def do(self, coroutine: Any) -> Any:
        return self.runner.run(coroutine)


class Storm(RuleBasedStateMachine):
    world: World

    @initialize()
    def clean(self) -> None:
        self.world.topics = Topics()
        self.world.fate.error = None
        self.world.do(self.world.pool.execute(EMPTY))
        self.held: list[Lease] = []
        self.revisions = {"RUN_1": 1, "RUN_2": 1}
        self.offset = 0
        telemetry = Telemetry("probe")
        self.intake = Intake(self.world.stage, self.world.pool, telemetry)
        self.workers = [Dispatcher(self.world.stage, self.world.pool, telemetry) for _ in range(2)]
        for run in self.revisions:
            self._deliver(*(probe.NumberDrawn(run_id=run, name=name, number=1) for name in NAMES[:1]))

    def _deliver(self, *events: Event) -> None:
        self.world.do(self.intake.take([self._raw(event) for event in events]))

    def _raw(self, event: Event) -> Raw:
        self.offset += 1
        sealed = seal(event, source="test", traceparent=None)
        headers = [(name, value.encode()) for name, value in sealed.headers.items() if name != "ce_time"]
        place = f"{event.topic}[0]@{self.offset}"
        return Raw(event.topic, place, sealed.key, sealed.value, headers, 0, self.offset)

    # What may happen, in any order

    @rule(run=RUNS, names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=3))
    def members_arrive(self, run: str, names: list[str]) -> None:
        self._deliver(*(probe.NumberDrawn(run_id=run, name=name, number=1) for name in names))

    @rule(run=RUNS)
    def a_manifest_arrives(self, run: str) -> None:
        self._deliver(probe.NumbersListed(run_id=run, names=NAMES))

    @rule(rows=st.integers(1, 4), worker=st.integers(0, 1))
    def a_worker_leases(self, rows: int, worker: int) -> None:
        self.held += self.world.do(self.workers[worker]._lease(rows))

    @precondition(lambda self: self.held)
    @rule(data=st.data(), fate=st.sampled_from([None, None, None, "world", "fails", "bug", "killed"]))
    def a_worker_goes_on(self, data: st.DataObject, fate: str | None) -> None:
        lease = data.draw(st.sampled_from(self.held))
        self.held.remove(lease)
        self._work(lease, fate)

    def _work(self, lease: Lease, fate: str | None = None) -> None:
        errors: dict[str | None, BaseException | None] = {
            "world": Unavailable("away", 0),
            "fails": WorkFailed("bad_answer", "no"),
            "bug": KeyError("a bug"),
            "killed": Killed(),
        }
        self.world.fate.error = errors.get(fate)
        try:
            self.world.do(self.workers[0]._work(lease))
        except Killed:
            return
        finally:
            self.world.fate.error = None

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def a_worker_dies_within_its_transaction(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from(self.held))
        self.held.remove(lease)

        async def dies(_: Any) -> list[Event]:
            raise Killed

        try:
            self.world.do(self.workers[0]._end(lease, "done", dies))
        except Killed:
            return

    @precondition(lambda self: self.held)
    @rule()
    def a_worker_dies(self) -> None:
        self.held.pop()

    @rule()
    def leases_run_out(self) -> None:
        """Those that hold them do not know it yet: they are zombies now."""
        self.world.do(self.world.pool.execute(EXPIRE))

    @precondition(lambda self: self.offset % 7 == 0)  # seldom: hardly anything can happen to a run after that
    @rule(run=RUNS)
    def a_run_is_cancelled(self, run: str) -> None:
        revision = self.revisions[run]
        self._deliver(RunCommanded(run_id=run, revision=revision, command="cancel", number=self.offset))

    @precondition(lambda self: self.held)
    @rule(worker=st.integers(0, 1))
    def a_zombie_and_its_heir_both_go_on(self, worker: int) -> None:
        self.leases_run_out()
        for lease in [*self.world.do(self.workers[worker]._lease(4)), *self.held]:
            self._work(lease)
        self.held = []

    @rule(run=RUNS)
    def a_finished_run_is_retried(self, run: str) -> None:
        query = "select closed_at is not null from run where run_id = $1 and revision = $2"
        if self.world.do(self.world.pool.fetchval(query, run, self.revisions[run])):
            self.revisions[run] += 1
            self._deliver(probe.NumbersListed(run_id=run, revision=self.revisions[run], names=NAMES))

    @rule(deadly=st.booleans())
    def the_relay_publishes(self, deadly: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        self.world.do(self._relay(deadly=deadly))

    async def _relay(self, *, deadly: bool) -> None:
        broker: KafkaBroker = self.world.topics  # type: ignore[assignment] # its one method is all that is used
        relay = (DeadlyRelay if deadly else Relay)(self.world.stage, broker, Telemetry("probe"))
        async with self.world.pool.acquire() as connection:
            try:
                while await relay.step(connection):
                    pass
            except Killed:
                return

    # What must hold in the end

    def teardown(self) -> None:
        if not hasattr(self, "held"):
            return
        for run in self.revisions:
            self._deliver(*(probe.NumberDrawn(run_id=run, name=name, number=1) for name in NAMES))
            self._deliver(probe.NumbersListed(run_id=run, names=NAMES))
        self._drain()
        self.world.do(self._relay(deadly=False))
        self._nothing_is_open()
        self._no_result_twice()
        self._every_run_ended_once_per_revision()
        self._no_id_has_two_contents()

    def _drain(self) -> None:
        for _ in range(200):
            self.world.do(self.world.pool.execute(EXPIRE))
            leases = self.world.do(self.workers[0]._lease(50))
            if not leases:
                return
            for lease in leases:
                self._work(lease)
        raise AssertionError("work never ends")

    def _nothing_is_open(self) -> None:
        open_rows = "select name, state, reason from inbox where state in ('pending', 'leased')"
        assert self.world.do(self.world.pool.fetch(open_rows)) == []
        assert self.world.do(self._swept()) == 0, "the sweep had to close a run"

    async def _swept(self) -> int:
        async with self.world.pool.acquire() as connection:
            return await sweep(connection)

    def _no_result_twice(self) -> None:
        effects = "select run_id, name, count(*) from doubled group by 1, 2 having count(*) > 1"
        assert self.world.do(self.world.pool.fetch(effects)) == []

    def _every_run_ended_once_per_revision(self) -> None:
        ends = Counter[tuple[str, int]]()
        topic = probe.RunSummed.topic.encode()
        for value in {value for _, of, value in self.world.topics.records if of == topic}:
            summed = probe.RunSummed.read(value)
            ends[summed.run_id, summed.revision] += 1
            assert len(summed.done) + len(summed.failed) == len(NAMES)
        expected = {(run, number) for run, last in self.revisions.items() for number in range(1, last + 1)}
        assert ends == dict.fromkeys(expected, 1)

    def _no_id_has_two_contents(self) -> None:
        contents: dict[str, set[bytes]] = {}
        for event_id, _, value in self.world.topics.records:
            contents.setdefault(event_id, set()).add(value)
        assert all(len(values) == 1 for values in contents.values())


def test_no_interleaving_loses_or_doubles_anything(servers: Endpoints) -> None:
    with asyncio.Runner() as runner:
        name = f"test_{uuid.uuid4().hex[:12]}"
        admin = runner.run(asyncpg.connect(servers.postgres_dsn))
        runner.run(admin.execute(f"create database {name}"))
        dsn = servers.postgres_dsn.rpartition("/")[0] + f"/{name}"
        migrate(dsn, "probe", RUNTIME_MIGRATIONS)
        pool = runner.run(_pool(dsn))
        fate = Fate()
        stage = probe.build(
            RuntimeSettings(postgres_dsn=dsn, max_crashes=3, flood_in_a_row=1000), fate.decide
        )
        Storm.world = World(runner, pool, stage, fate)
        try:
            run_state_machine_as_test(
                Storm,
                settings=settings(
                    max_examples=100,
                    stateful_step_count=30,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                    print_blob=True,
                ),
            )
        finally:
            runner.run(pool.close())
            runner.run(drop_database(admin, name))
            runner.run(admin.close())


async def _pool(dsn: str) -> asyncpg.Pool:
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=4, server_settings={"search_path": "probe"})
    await pool.execute(probe.TABLES)
    return pool
