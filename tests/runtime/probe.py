"""A stage small enough to see through: numbers arrive, doubled numbers leave, a run closes over them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from contracts import Event, RunEvent, Task
from runtime import (
    Arrived,
    Closing,
    Failure,
    RuntimeSettings,
    Stage,
    Taken,
    Transaction,
)

Decide = Callable[["NumberDrawn"], Awaitable[int]]


class NumberDrawn(RunEvent):
    topic: ClassVar[str] = "number.drawn.v1"
    name: str
    number: int

    @property
    def entity(self) -> str:
        return self.name


class NumberDoubled(RunEvent):
    topic: ClassVar[str] = "number.doubled.v1"
    name: str
    number: int

    @property
    def entity(self) -> str:
        return self.name


class NumbersListed(RunEvent):
    topic: ClassVar[str] = "numbers.listed.v1"
    names: tuple[str, ...]
    renewed: tuple[str, ...] = ()  # those that this revision makes, although an earlier one did


class RunSummed(RunEvent):
    topic: ClassVar[str] = "run.summed.v1"
    done: tuple[str, ...]
    failed: tuple[str, ...]
    made_by: tuple[int, ...]


class ItemSeen(Event):
    topic: ClassVar[str] = "item.seen.v1"
    name: str

    @property
    def entity(self) -> str:
        return self.name


class Recount(Task):
    topic: ClassVar[str] = "probe.recount"


async def doubled(event: NumberDrawn) -> int:
    return event.number * 2


@dataclass
class Doubler:
    double: Decide = doubled

    async def decide(self, event: NumberDrawn) -> int:
        return await self.double(event)

    async def record(self, tx: Transaction, event: NumberDrawn, decision: int) -> Sequence[Event]:
        await tx.connection.execute(
            "insert into doubled (run_id, revision, name, number) values ($1, $2, $3, $4)",
            event.run_id,
            event.revision,
            event.name,
            decision,
        )
        return [NumberDoubled(run_id=event.run_id, revision=event.revision, name=event.name, number=decision)]


class Lister:
    async def decide(self, event: NumbersListed) -> NumbersListed:
        return event

    async def give_up(self, event: NumbersListed, failure: Failure) -> NumbersListed:
        return event

    async def record(self, tx: Transaction, event: NumbersListed, decision: NumbersListed) -> Sequence[Event]:
        made = dict.fromkeys(decision.names, 1) | dict.fromkeys(decision.renewed, decision.revision)
        await tx.expect(made)
        return []


class Summer:
    async def decide(self, closing: Closing[NumberDrawn]) -> RunSummed:
        done = [m for m in closing.members if m.state == "done"]
        failed = [m for m in closing.members if m.state in {"failed", "cancelled"}]
        return RunSummed(
            run_id=closing.run.run_id,
            revision=closing.run.revision,
            done=tuple(m.member_id for m in done),
            failed=tuple(f"{m.member_id}:{m.failure.code if m.failure else ''}" for m in failed),
            made_by=tuple(m.made_by for m in done),
        )

    async def record(
        self, tx: Transaction, closing: Closing[NumberDrawn], decision: RunSummed
    ) -> Sequence[Event]:
        return [decision]


@dataclass
class Sightings:
    """Keeps the last sighting of each item; a null value forgets it."""

    withdrawn: list[str] = field(default_factory=list)

    async def record(self, tx: Transaction, batch: Sequence[Arrived[ItemSeen]]) -> Taken:
        for arrived in batch:
            if arrived.event is None:
                await tx.connection.execute(
                    "delete from seen where name = $1", arrived.key.rpartition("/")[2]
                )
            else:
                await tx.connection.execute(
                    "insert into seen values ($1) on conflict do nothing", arrived.event.name
                )
        return Taken()


def _plain(value: bytes) -> ItemSeen:
    return ItemSeen(name=value.decode())


def build(settings: RuntimeSettings, double: Decide = doubled) -> Stage:
    return (
        Stage("probe", settings)
        .on(NumberDrawn, Doubler(double), emits=[NumberDoubled])
        .on(NumbersListed, Lister())
        .gathers(NumberDrawn, Summer(), emits=[RunSummed])
        .follows(ItemSeen, follower=Sightings(), plain=_plain)
    )


# No key on purpose: an effect that happens twice must show.
TABLES = """
create table if not exists doubled (run_id text, revision int, name text, number int);
create table if not exists seen (name text primary key);
"""
