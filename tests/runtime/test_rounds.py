"""A closer that names further members: work in phases."""

from collections.abc import Sequence
from typing import ClassVar

from contracts import Event, RunEvent, Task, Unavailable, WorkFailed
from contracts.runs import RunCommanded
from runtime import Closing, Failure, Stage, Transaction
from runtime.broker import ensure_topics
from tests.runtime.conftest import Bench
from tests.until import until

ROUNDS = 3


class Climb(RunEvent):
    topic: ClassVar[str] = "climb.v1"
    steps: int


class Climbed(RunEvent):
    topic: ClassVar[str] = "climbed.v1"
    done: tuple[str, ...]
    failed: tuple[str, ...]


class Step(Task):
    topic: ClassVar[str] = "climber.step"
    floor: int
    number: int

    @property
    def entity(self) -> str:
        return f"{self.floor}/{self.number}"


class Start:
    async def decide(self, climb: Climb) -> int:
        return climb.steps

    async def give_up(self, climb: Climb, failure: Failure) -> int:
        return 0

    async def record(self, tx: Transaction, climb: Climb, steps: int) -> Sequence[Event]:
        return await expected(tx, 0, steps)


class Take:
    async def decide(self, step: Step) -> None:
        if (step.run_id, step.floor) == ("held", 1):
            raise Unavailable("the ladder is elsewhere")
        if (step.floor, step.number) == (1, 0):
            raise WorkFailed("slipped", "the step is loose")

    async def record(self, tx: Transaction, step: Step, decision: None) -> Sequence[Event]:
        await tx.connection.execute(
            "insert into doubled values ($1, $2, $3, 0)", step.run_id, step.revision, step.entity
        )
        return []


class NextFloor:
    """Three floors with one step less on each."""

    async def decide(self, closing: Closing[Step]) -> int | None:
        floors = {int(member.member_id.partition("/")[0]) for member in closing.members}
        floor = max(floors, default=ROUNDS) + 1
        return None if closing.cancelled or floor >= ROUNDS else floor

    async def record(self, tx: Transaction, closing: Closing[Step], floor: int | None) -> Sequence[Event]:
        if floor is not None:
            return await expected(tx, floor, ROUNDS - floor)
        run, members = closing.run, closing.members
        return [
            Climbed(
                run_id=run.run_id,
                revision=run.revision,
                done=tuple(member.member_id for member in members if member.state == "done"),
                failed=tuple(member.member_id for member in members if member.state != "done"),
            )
        ]


async def expected(tx: Transaction, floor: int, steps: int) -> list[Step]:
    tasks = [
        Step(run_id=tx.run.run_id, revision=tx.run.revision, floor=floor, number=number)
        for number in range(steps)
    ]
    await tx.expect({task.entity: tx.run.revision for task in tasks})
    return tasks


async def climber(bench: Bench) -> Stage:
    stage = (
        Stage("probe", bench.settings)
        .on(Climb, Start())
        .on(Step, Take())
        .gathers(Step, NextFloor(), emits=[Climbed])
    )
    await ensure_topics(bench.settings, stage.consumes | stage.emits)
    return stage


async def test_a_run_closes_after_the_members_that_its_closer_names_in_turn(bench: Bench) -> None:
    async with bench.working(await climber(bench)), bench.working(await climber(bench)):
        await bench.send(Climb(run_id="up", steps=5))
        [told] = await bench.published(Climbed)
        climbed = Climbed.read(told.value or b"")

    assert climbed.done == ("0/0", "0/1", "0/2", "0/3", "0/4", "1/1", "2/0")
    assert climbed.failed == ("1/0",)
    [run] = await bench.fetch("select state, expected, rounds from run where run_id = 'up'")
    assert run == {"state": "closed", "expected": 8, "rounds": 2}
    closings = "select count(*) from inbox where name = 'close' and state = 'done'"
    assert await bench.value(closings) == ROUNDS
    assert await bench.value("select count(*) from doubled") == len(climbed.done)


async def test_a_run_that_expects_nothing_is_asked_about_once(bench: Bench) -> None:
    async with bench.working(await climber(bench)):
        await bench.send(Climb(run_id="flat", steps=0))
        [told] = await bench.published(Climbed)

    assert Climbed.read(told.value or b"").done == ()


async def test_a_run_that_is_cancelled_within_its_rounds_ends_with_what_is_done(bench: Bench) -> None:
    async with bench.working(await climber(bench)):
        await bench.send(Climb(run_id="held", steps=1))

        async def on_the_second_floor() -> bool:
            return bool(await bench.value("select rounds from run where run_id = 'held'"))

        await until(on_the_second_floor, what="the second round has begun")
        await bench.send(RunCommanded(run_id="held", command="cancel"))
        [told] = await bench.published(Climbed)
        climbed = Climbed.read(told.value or b"")

    assert climbed.done == ("0/0",)
    assert climbed.failed == ("1/0", "1/1")
    [run] = await bench.fetch("select state, rounds, closed_at is not null as over from run")
    assert run == {"state": "cancelled", "rounds": 1, "over": True}
