"""A stage's tables on a real Postgres and the parts that work on them, without Kafka before or behind."""

import asyncio
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from contracts import Event
from local import Endpoints
from runtime import Stage, migrate
from runtime.dispatch import Dispatcher
from runtime.envelope import RawHeaders, seal
from runtime.intake import Intake
from runtime.letters import Raw
from runtime.migrate import RUNTIME_MIGRATIONS
from runtime.telemetry import Telemetry
from tests.databases import drop_database
from tests.faults.probing import MIGRATIONS

NO_FLOOD: dict[str, Any] = {"flood_in_a_row": 10**6, "flood_window": 10**6}
EMPTY = "truncate run, inbox, member, outbox, dead_letter, gate, doubled, seen"
DUE = "update inbox set due_at = now() - interval '1 s' where state = 'pending'"


@dataclass
class Home:
    runner: asyncio.Runner
    pool: asyncpg.Pool
    stage: Stage
    telemetry: Telemetry = field(default_factory=lambda: Telemetry("probe"))
    offset: int = 0

    def clear(self) -> None:
        self.runner.run(self.pool.execute(EMPTY))

    def take(self, batch: Sequence[Raw]) -> None:
        self.runner.run(Intake(self.stage, self.pool, self.telemetry).take(batch))

    def work(self) -> None:
        """Do all that is open, in the order in which it is leased."""
        self.runner.run(self._work())

    async def _work(self) -> None:
        dispatcher = Dispatcher(self.stage, self.pool, self.telemetry)
        while leases := await dispatcher._lease(50):
            for lease in leases:
                await dispatcher._work(lease)
            await self.pool.execute(DUE)

    def rows(self, query: str) -> list[Any]:
        return [tuple(row) for row in self.runner.run(self.pool.fetch(query))]

    def value(self, query: str) -> Any:
        return self.runner.run(self.pool.fetchval(query))

    def raw(self, topic: str, value: bytes | None, headers: RawHeaders = (), key: bytes | None = b"k") -> Raw:
        self.offset += 1
        return Raw(topic, f"{topic}[0]@{self.offset}", key, value, headers, 0, self.offset)

    def sealed(self, event: Event) -> Raw:
        sealed = seal(event, source="test", traceparent=None)
        headers = [(name, value.encode()) for name, value in sealed.headers.items()]
        return self.raw(sealed.topic, sealed.value, headers, sealed.key)


@contextmanager
def at_home(servers: Endpoints, stage: Stage) -> Iterator[Home]:
    with asyncio.Runner() as runner:
        name = f"test_{uuid.uuid4().hex[:12]}"
        admin = runner.run(asyncpg.connect(servers.postgres_dsn))
        runner.run(admin.execute(f"create database {name}"))
        dsn = servers.postgres_dsn.rpartition("/")[0] + f"/{name}"
        migrate(dsn, "probe", RUNTIME_MIGRATIONS, MIGRATIONS)
        pool = runner.run(_pool(dsn))
        try:
            yield Home(runner, pool, stage)
        finally:
            runner.run(pool.close())
            runner.run(drop_database(admin, name))
            runner.run(admin.close())


async def _pool(dsn: str) -> asyncpg.Pool:
    return await asyncpg.create_pool(dsn, min_size=1, max_size=4, server_settings={"search_path": "probe"})
