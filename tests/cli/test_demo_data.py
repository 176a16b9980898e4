import json
from pathlib import Path

import pytest

from cli.demo_data import INVENTED, DemoDeal, generate_deals, write_files
from contracts.deal import Deal, read_deal

COUNT = 804


@pytest.fixture(scope="module")
def demo() -> list[DemoDeal]:
    return generate_deals(COUNT)


@pytest.fixture(scope="module")
def deals(demo: list[DemoDeal]) -> list[Deal]:
    return [read_deal(json.dumps(each.deal)) for each in demo]


def test_every_deal_can_be_read_and_is_another_item(deals: list[Deal]) -> None:
    assert len({deal.item_id for deal in deals}) == COUNT


def test_the_same_seed_gives_the_same_deals(demo: list[DemoDeal]) -> None:
    assert generate_deals(COUNT) == demo
    assert generate_deals(COUNT, seed=8) != demo


def test_a_short_list_is_the_beginning_of_a_long_one(demo: list[DemoDeal]) -> None:
    assert generate_deals(300) == demo[:300]


def test_every_deal_says_that_it_is_invented(deals: list[Deal]) -> None:
    assert {deal.desc for deal in deals} == {INVENTED}


def test_the_gold_cell_is_beside_the_deal_and_never_in_it(demo: list[DemoDeal]) -> None:
    assert all(each.gold not in json.dumps(each.deal) for each in demo)


def test_the_gold_cell_is_what_the_deal_says_of_itself(demo: list[DemoDeal], deals: list[Deal]) -> None:
    for each, deal in zip(demo, deals, strict=True):
        said = "/".join(tier.name for tier in deal.taxonomy.tiers[:2])
        assert not said or each.gold == f"{said}|{each.deal['format']}"


def test_every_category_is_in_the_pinned_taxonomy(deals: list[Deal]) -> None:
    assert all(tier.id for deal in deals for tier in deal.taxonomy.tiers)


def test_deals_spread_over_topics_formats_exchanges_and_safety(
    demo: list[DemoDeal], deals: list[Deal]
) -> None:
    assert len({each.gold.split("/")[0] for each in demo}) == 25
    assert {each.deal["format"] for each in demo} == {"video", "display", "native", "audio"}
    assert len({deal.origin for deal in deals}) > 40
    assert {deal.safety.risk.value for deal in deals} == {"low", "medium", "high", "unknown", "floor"}


def test_some_deals_are_as_incomplete_as_in_real_feeds(deals: list[Deal]) -> None:
    assert 0 < sum(not deal.origin_known for deal in deals) < COUNT / 20
    assert 0 < sum(not deal.taxonomy.tiers for deal in deals) < COUNT / 10
    assert 0 < sum(deal.terms.enddate is None for deal in deals) < COUNT / 2
    assert 0 < sum(bool(deal.terms.wseat) for deal in deals) < COUNT / 2


def test_files_hold_a_deal_and_its_cell_on_the_same_line(tmp_path: Path, demo: list[DemoDeal]) -> None:
    deals_path, gold_path = write_files(tmp_path / "demo", 20)

    written = [json.loads(line) for line in deals_path.read_text("utf-8").splitlines()]
    cells = [json.loads(line) for line in gold_path.read_text("utf-8").splitlines()]
    assert written == [each.deal for each in demo[:20]]
    assert cells == [{"deal_id": each.deal["deal_id"], "gold": each.gold} for each in demo[:20]]
