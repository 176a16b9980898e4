"""Dead letters of work that crashed: given back, done once, and only while their run is open."""

from contracts.runs import EventBuried, LetterCommanded
from tests.faults.probing import drawn, nothing_twice
from tests.runtime.probe import Decide, NumberDoubled, NumberDrawn, NumbersListed, RunSummed, build
from tests.stages import StageBench


def broken(bugs: list[str]) -> Decide:
    """Crashes for the numbers that are named there."""

    async def decide(event: NumberDrawn) -> int:
        if event.name in bugs:
            raise KeyError("a bug")
        return event.number * 2

    return decide


async def _order(bench: StageBench, letter: str, number: int) -> None:
    await bench.send(LetterCommanded(stage="probe", letter_id=letter, command="replay", number=number))
    orders = f"select count(*) from inbox where name = '{LetterCommanded.topic}'"
    await bench.seen(orders, number, what=f"order {number} is obeyed")


async def test_work_that_crashed_is_done_once_however_often_it_is_given_back(bench: StageBench) -> None:
    bugs = ["a"]
    bench.settings = bench.settings.model_copy(update={"max_crashes": 2})
    async with bench.working(build(bench.settings, broken(bugs))):
        await bench.send(drawn("a"))
        [buried] = await bench.published(EventBuried)
        await _order(bench, buried.letter_id, 1)
        again = "select count(*) from dead_letter where state = 'dead' and replays = 1"
        await bench.seen(again, 1, what="it crashed once more, and is a letter again")

        bugs.clear()
        await _order(bench, buried.letter_id, 2)
        await bench.published(NumberDoubled)
        await _order(bench, buried.letter_id, 3)  # it is done already

    await nothing_twice(bench, ["a"])
    assert await bench.rows("select state, replays from dead_letter") == [{"state": "replayed", "replays": 2}]


async def test_work_of_a_run_that_has_closed_is_left_to_a_new_revision(bench: StageBench) -> None:
    bugs = ["a"]
    bench.settings = bench.settings.model_copy(update={"max_crashes": 2})
    async with bench.working(build(bench.settings, broken(bugs))):
        await bench.send(drawn("a"), NumbersListed(run_id="RUN_1", names=("a",)))
        [summed] = await bench.published(RunSummed)
        [buried] = await bench.published(EventBuried)
        bugs.clear()
        await _order(bench, buried.letter_id, 1)
        assert await bench.value("select state from dead_letter") == "dead"

        await bench.send(NumbersListed(run_id="RUN_1", revision=2, names=("a",)))
        _, mended = await bench.published(RunSummed, 2)

    assert (summed.failed, mended.done, mended.made_by) == (("a:crashes",), ("a",), (2,))
    assert await bench.value("select count(*) from doubled") == 1
