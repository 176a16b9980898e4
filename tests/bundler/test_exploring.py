"""Exploration in a process of its own: it ends in time, whatever a combo does."""

import time
from collections.abc import Iterator

import pytest

from bundler.adapters.exploring import Exploration, ProcessExplorer
from bundling.budget import Combo, combos
from bundling.choosing import Wish, choose
from bundling.deadline import Deadline
from bundling.generating import Explored, Work
from bundling.mining import Baskets, count_pairs
from bundling.shop import Shop
from tests.bundler import slow
from tests.bundler.engine import made
from tests.bundler.inputs import ORDERS, PRODUCTS

WANTED = combos(["margin_guard", "increase_aov", "category_bundle"])


@pytest.fixture(scope="module")
def shop() -> Shop:
    return made(PRODUCTS, ORDERS).shop


@pytest.fixture
def explorers() -> Iterator[list[ProcessExplorer]]:
    opened: list[ProcessExplorer] = []
    yield opened
    for explorer in opened:
        explorer.close()


async def run(
    opened: list[ProcessExplorer], exploration: Exploration, shop: Shop, seconds: float
) -> tuple[Explored, float]:
    explorer = ProcessExplorer(exploration)
    opened.append(explorer)
    work = Work(shop, count_pairs(Baskets.of(shop.book)), WANTED, None, 0.05)
    began = time.monotonic()
    return await explorer.explore(work, Deadline().within(seconds)), time.monotonic() - began


async def test_a_combo_of_a_minute_is_ended_and_the_others_have_their_turn(
    shop: Shop, explorers: list[ProcessExplorer]
) -> None:
    explored, seconds = await run(explorers, slow.one_combo_takes_a_minute, shop, 24.0)
    assert seconds < 26
    ended = {ended.combo: (ended.complete, count) for ended, count in explored.combos}
    assert {combo for combo, (complete, _) in ended.items() if not complete} == {
        Combo("increase_aov", "FBT"),
        Combo("increase_aov", "MIX_MATCH"),
    }
    assert ended[Combo("increase_aov", "FBT")][1] == 50  # what it had told before it slept
    assert ended[Combo("category_bundle", "FIXED")][1] > 0
    assert len(choose(shop, explored.candidates, Wish(10, 0.7)).chosen) == 10
    stopped = [ended.seconds for ended, _ in explored.combos if not ended.complete]
    assert all(seconds > 1 for seconds in stopped)


async def test_a_combo_that_never_stops_telling_is_ended_too(
    shop: Shop, explorers: list[ProcessExplorer]
) -> None:
    explored, seconds = await run(explorers, slow.one_combo_never_stops_telling, shop, 12.0)
    assert seconds < 14
    late = [ended.combo.objective for ended, _ in explored.combos if not ended.complete]
    assert "increase_aov" in late


async def test_a_process_that_dies_costs_the_combo_that_it_was_at(
    shop: Shop, explorers: list[ProcessExplorer]
) -> None:
    # A process is begun anew for each of six combos, on a machine that is shared.
    explored, _ = await run(explorers, slow.the_process_dies, shop, 90.0)
    assert [ended.combo for ended, _ in explored.combos] == list(WANTED)
    assert all(ended.crashed and not ended.complete for ended, _ in explored.combos)
    assert explored.candidates


async def test_the_process_is_used_again(shop: Shop, explorers: list[ProcessExplorer]) -> None:
    explorer = ProcessExplorer()
    explorers.append(explorer)
    work = Work(shop, count_pairs(Baskets.of(shop.book)), WANTED, None, 0.05)
    first = await explorer.explore(work, Deadline().within(20))
    child = explorer.children[0].process.pid
    second = await explorer.explore(work, Deadline().within(20))
    assert explorer.children[0].process.pid == child
    assert first.candidates == second.candidates
