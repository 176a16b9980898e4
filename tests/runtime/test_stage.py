"""A stage on real Kafka and Postgres: what goes in, what comes out, what stays."""

import asyncio
import json

import pytest

from contracts import InvalidEvent, Unavailable, WorkFailed
from contracts.runs import EventBuried, LetterCommanded, RunCommanded
from tests.runtime.conftest import Bench
from tests.runtime.probe import ItemSeen, NumberDoubled, NumberDrawn, NumbersListed, RunSummed, build
from tests.until import until

NAMES = ("a", "b", "c")


def drawn(name: str, number: int = 1, *, run: str = "RUN_1", revision: int = 1) -> NumberDrawn:
    return NumberDrawn(run_id=run, revision=revision, name=name, number=number)


EXPECTED_IN_TWO = "select expected from run where revision = 2"


async def test_a_run_is_summed_once_when_its_last_member_is_done(bench: Bench) -> None:
    async with bench.working():
        await bench.send(*(drawn(name) for name in NAMES), NumbersListed(run_id="RUN_1", names=NAMES))

        [summed] = await bench.published(RunSummed)

    assert RunSummed.read(summed.value).done == NAMES
    assert await bench.value("select count(*) from doubled") == len(NAMES)


async def test_the_manifest_may_come_first(bench: Bench) -> None:
    async with bench.working():
        await bench.send(NumbersListed(run_id="RUN_1", names=NAMES))
        await bench.send(*(drawn(name) for name in NAMES))

        [summed] = await bench.published(RunSummed)

    assert RunSummed.read(summed.value).done == NAMES


async def test_a_run_without_members_closes_at_once(bench: Bench) -> None:
    async with bench.working():
        await bench.send(NumbersListed(run_id="RUN_1", names=()))

        [summed] = await bench.published(RunSummed)

    assert RunSummed.read(summed.value).done == ()


async def test_repeated_events_change_nothing(bench: Bench) -> None:
    async with bench.working():
        for _ in range(3):
            await bench.send(*(drawn(name) for name in NAMES), NumbersListed(run_id="RUN_1", names=NAMES))
        await bench.published(RunSummed)
        await bench.send(drawn("after"))
        await bench.published(NumberDoubled, len(NAMES) + 1)

    assert await bench.value("select count(*) from outbox") == len(NAMES) + 2


async def test_the_headers_are_a_cloud_event_in_the_trace_of_its_cause(bench: Bench) -> None:
    event = drawn("a")
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with bench.working():
        headers = [("ce_id", str(event.event_id).encode()), ("traceparent", trace.encode())]
        await bench.raw(NumberDrawn.topic, event.canonical(), headers=headers)
        [record] = await bench.published(NumberDoubled)

    texts = {name: value.decode() for name, value in record.headers}
    assert texts["ce_type"] == NumberDoubled.topic
    assert (texts["ce_run"], texts["ce_revision"], texts["ce_subject"]) == ("RUN_1", "1", "a")
    assert texts["traceparent"].startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert texts["ce_id"] == str(NumberDoubled.read(record.value).event_id)


async def test_work_that_waits_for_the_world_uses_up_no_attempt(bench: Bench) -> None:
    tries = 0

    async def sulks(event: NumberDrawn) -> int:
        nonlocal tries
        tries += 1
        if tries < 8:
            raise Unavailable("the model is away")
        return event.number

    async with bench.working(build(bench.settings, sulks)):
        await bench.send(drawn("a"))
        await bench.published(NumberDoubled)

    [row] = await bench.fetch("select parks, crashes, state from inbox")
    assert row == {"parks": 7, "crashes": 0, "state": "done"}


async def test_work_that_crashes_too_often_is_buried_and_its_run_goes_on(bench: Bench) -> None:
    async def breaks(event: NumberDrawn) -> int:
        if event.name == "b":
            raise KeyError("a bug")
        return event.number

    async with bench.working(build(bench.settings, breaks)):
        await bench.send(*(drawn(name) for name in NAMES), NumbersListed(run_id="RUN_1", names=NAMES))
        [summed] = await bench.published(RunSummed)
        [buried] = await bench.published(EventBuried)

    assert RunSummed.read(summed.value).failed == ("b:crashes",)
    assert EventBuried.read(buried.value).code == "crashes"


@pytest.mark.parametrize(
    ("error", "letters"),
    [
        pytest.param(WorkFailed("bad_answer", "no"), 0, id="the work failed for good"),
        pytest.param(InvalidEvent("nonsense", "no"), 1, id="the event is wrong"),
    ],
)
async def test_a_failed_member_is_named(bench: Bench, error: Exception, letters: int) -> None:
    async def refuses(_: NumberDrawn) -> int:
        raise error

    async with bench.working(build(bench.settings, refuses)):
        await bench.send(drawn("a"), NumbersListed(run_id="RUN_1", names=("a",)))
        [summed] = await bench.published(RunSummed)

    assert RunSummed.read(summed.value).failed in {("a:bad_answer",), ("a:nonsense",)}
    assert await bench.value("select count(*) from dead_letter") == letters


async def test_a_new_revision_takes_over_what_is_done_and_repeats_what_failed(bench: Bench) -> None:
    broken = True

    async def mends(event: NumberDrawn) -> int:
        if event.name == "b" and broken:
            raise WorkFailed("bad_answer", "no")
        return event.number

    async with bench.working(build(bench.settings, mends)):
        await bench.send(*(drawn(name) for name in NAMES), NumbersListed(run_id="RUN_1", names=NAMES))
        await bench.published(RunSummed)
        broken = False
        await bench.send(NumbersListed(run_id="RUN_1", revision=2, names=NAMES))
        _, second = await bench.published(RunSummed, 2)

    summed = RunSummed.read(second.value)
    assert (summed.revision, summed.done, summed.made_by) == (2, NAMES, (1, 2, 1))
    assert await bench.fetch("select name, revision from doubled order by name") == [
        {"name": "a", "revision": 1},
        {"name": "b", "revision": 2},
        {"name": "c", "revision": 1},
    ]


async def test_what_a_new_revision_makes_is_waited_for_although_it_was_done_before(bench: Bench) -> None:
    listed = NumbersListed(run_id="RUN_1", revision=2, names=NAMES, renewed=("b",))
    async with bench.working(build(bench.settings)):
        await bench.send(*(drawn(name) for name in NAMES), NumbersListed(run_id="RUN_1", names=NAMES))
        await bench.published(RunSummed)
        await bench.send(listed)
        await until(lambda: _is(bench, EXPECTED_IN_TWO, len(NAMES)), what="the second manifest")
        assert await bench.value("select count(*) from member where revision = 2 and state = 'pending'") == 1
        await bench.send(NumberDrawn(run_id="RUN_1", revision=2, name="b", number=5))
        _, second = await bench.published(RunSummed, 2)

    assert RunSummed.read(second.value).made_by == (1, 2, 1)


async def test_a_cancelled_run_gives_up_its_open_work_and_ends(bench: Bench) -> None:
    started = asyncio.Event()

    async def hangs(event: NumberDrawn) -> int:
        if event.name == "b":
            started.set()
            await asyncio.sleep(3600)
        return event.number

    async with bench.working(build(bench.settings, hangs)):
        await bench.send(*(drawn(name) for name in NAMES), NumbersListed(run_id="RUN_1", names=NAMES))
        await asyncio.wait_for(started.wait(), 20)
        await bench.published(NumberDoubled, 2)
        await bench.send(RunCommanded(run_id="RUN_1", command="cancel"))
        [summed] = await bench.published(RunSummed)

    assert RunSummed.read(summed.value).failed == ("b:cancelled",)
    assert await bench.value("select state from run where run_id = 'RUN_1'") == "cancelled"


async def test_a_paused_run_waits_and_another_goes_on(bench: Bench) -> None:
    async with bench.working():
        await bench.send(RunCommanded(run_id="RUN_1", command="pause"))
        await until(
            lambda: _is(bench, "select state from run where run_id = 'RUN_1'", "paused"), what="the pause"
        )
        await bench.send(drawn("a"), drawn("z", run="RUN_2"))
        [record] = await bench.published(NumberDoubled)
        assert NumberDoubled.read(record.value).run_id == "RUN_2"

        await bench.send(RunCommanded(run_id="RUN_1", command="resume"))
        await bench.published(NumberDoubled, 2)


async def test_high_volume_input_is_taken_in_by_the_batch_and_a_null_value_withdraws(bench: Bench) -> None:
    async with bench.working():
        await bench.raw(ItemSeen.topic, b"plain text, as upstream sends it", key=b"k")
        await bench.send(ItemSeen(name="a"), ItemSeen(name="b"))
        await until(lambda: _is(bench, "select count(*) from seen", 3), what="three items")
        await bench.raw(ItemSeen.topic, None, key=b"main/a")
        await until(lambda: _is(bench, "select count(*) from seen", 2), what="a withdrawal")


POISON = [
    pytest.param(b"{not json", [("ce_id", b"x")], "json", id="bad JSON"),
    pytest.param(b"\xff\xfe{}", [("ce_id", b"x")], "encoding", id="not UTF-8"),
    pytest.param(b"{}", [("ce_id", b"\xff")], "header", id="a header that is not UTF-8"),
    pytest.param(b"[" * 100_000, [("ce_id", b"x")], "too_large", id="too large and too deep"),
    pytest.param(b"[" * 30_000, [("ce_id", b"x")], "json", id="nested too deeply"),
    pytest.param(b"x" * 1_000_000, [("ce_id", b"x")], "too_large", id="1 MB"),
    pytest.param(b'{"run_id": "R"}', [("ce_id", b"x")], "schema", id="wrong schema"),
    pytest.param(b"{}", [("ce_type", b"number.drawn.v9")], "version", id="unknown major version"),
    pytest.param(b'{"a": 1, "a": 2}', [("ce_id", b"x")], "json", id="a name twice"),
    pytest.param(b'{"a": NaN}', [("ce_id", b"x")], "json", id="NaN"),
    pytest.param(None, [("ce_id", b"x")], "no_value", id="a null value where nothing is withdrawn"),
    pytest.param(b"{}", [("ce_id", None)], "schema", id="a null header"),
]


@pytest.mark.parametrize(("value", "headers", "code"), POISON)
async def test_poison_becomes_a_dead_letter_and_the_partition_goes_on(
    bench: Bench, value: bytes | None, headers: list[tuple[str, bytes | None]], code: str
) -> None:
    async with bench.working():
        await bench.raw(NumberDrawn.topic, value, headers=headers)
        await bench.send(*(drawn(name) for name in NAMES))
        await bench.published(NumberDoubled, len(NAMES))
        [buried] = await bench.published(EventBuried)

    [letter] = await bench.fetch("select code, value, place, headers from dead_letter")
    assert (letter["code"], letter["value"]) == (code, value)
    assert letter["place"].startswith(f"{bench.settings.kafka_prefix}{NumberDrawn.topic}[")
    assert [name for name, _ in json.loads(letter["headers"])] == [name for name, _ in headers]
    assert EventBuried.read(buried.value).place == letter["place"]


async def test_replay_after_a_fix_works_and_is_harmless_twice(bench: Bench) -> None:
    async with bench.working():
        body = drawn("a").canonical()
        await bench.raw(NumberDrawn.topic, body.replace(b'"number"', b'"numero"'))
        [record] = await bench.published(EventBuried)
        letter = EventBuried.read(record.value).letter_id
        await bench.send(LetterCommanded(stage="probe", letter_id=letter, command="replay"))
        await until(lambda: _is(bench, "select count(*) from inbox", 1), what="the order")
        assert await bench.value("select state from dead_letter") == "dead"

        await bench.pool.execute("update dead_letter set value = $1", body)  # stands for a fixed reader
        for number in (1, 2):
            await bench.send(
                LetterCommanded(stage="probe", letter_id=letter, command="replay", number=number)
            )
        await bench.published(NumberDoubled)
        await until(lambda: _is(bench, "select count(*) from inbox", 4), what="both orders and the event")

    assert await bench.value("select count(*) from doubled") == 1
    assert await bench.value("select state from dead_letter") == "replayed"


async def test_one_id_for_two_things_is_found_out(bench: Bench) -> None:
    async with bench.working():
        for number in (1, 2):
            await bench.raw(NumberDrawn.topic, drawn("a", number).canonical(), headers=[("ce_id", b"same")])
        [buried] = await bench.published(EventBuried)

    assert EventBuried.read(buried.value).code == "id_conflict"


async def test_a_flood_of_bad_events_stops_the_stage_and_buries_nothing(bench: Bench) -> None:
    async with bench.working() as worker:
        for _ in range(25):
            await bench.raw(NumberDrawn.topic, b"junk", key=b"one partition")
        await until(lambda: _is(bench, "select count(*) from gate where name = 'flood'", 1), what="the gate")
        assert worker.health.missing() != []

    assert await bench.value("select count(*) from dead_letter") < 20


async def _is(bench: Bench, query: str, expected: object) -> bool:
    return bool(await bench.value(query) == expected)
