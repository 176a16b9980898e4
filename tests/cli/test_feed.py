"""A file of deals: the good ones are published, each bad one is named with its line and reason."""

import json
from typing import Any

import pytest

from cli.demo_products import generate_products
from cli.domain.feed import Accepted, FeedRules, Refusal, pieces, read_feed, repeated
from contracts.deal import Deal
from contracts.deals import DealPublished
from contracts.safety import SafetyRisk, SafetyScale

RULES = FeedRules("main", "USD", SafetyScale.IAB)


def deal_of(one: Accepted) -> Deal:
    assert isinstance(one.event, DealPublished)
    return one.event.deal


def deal(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {"deal_id": str(number), "deal_name": f"Deal {number}", "ssp_name": "BidSwitch", **changes}


def read(text: str, rules: FeedRules = RULES) -> tuple[list[Accepted], list[Refusal]]:
    found = list(read_feed(text, rules))
    return (
        [one for one in found if isinstance(one, Accepted)],
        [one for one in found if isinstance(one, Refusal)],
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(json.dumps([deal(1), deal(2)]), id="a list on one line"),
        pytest.param(json.dumps([deal(1), deal(2)], indent=2), id="a list on many lines"),
        pytest.param(f"{json.dumps(deal(1))}\n\n{json.dumps(deal(2))}\n", id="lines, one of them empty"),
        pytest.param(f"{json.dumps(deal(1))}\r\n{json.dumps(deal(2))}", id="lines from Windows"),
        pytest.param("\ufeff" + json.dumps([deal(1), deal(2)]), id="a byte order mark"),
    ],
)
def test_deals_are_found_in_every_usual_form(text: str) -> None:
    good, bad = read(text)
    assert [deal_of(one).item_id for one in good] == ["bidswitch.com/1", "bidswitch.com/2"]
    assert bad == []


def test_one_deal_alone_may_be_spread_over_lines() -> None:
    good, bad = read(json.dumps(deal(), indent=2))
    assert (len(good), bad) == (1, [])


def test_a_bad_line_is_named_and_spoils_no_other() -> None:
    text = "\n".join([json.dumps(deal(1)), '{"deal_id": "2", ', json.dumps(deal(3))])
    good, bad = read(text)
    assert [one.line for one in good] == [1, 3]
    assert bad[0].line == 2
    assert "JSON" in bad[0].reason


def test_a_refusal_names_line_deal_field_and_reason() -> None:
    text = json.dumps([deal(1), deal(2, commercial={"floor_price": -1})], indent=1)
    good, [refusal] = read(text)
    assert [deal_of(one).id for one in good] == ["1"]
    assert text.splitlines()[refusal.line - 1].strip() == "{"
    assert refusal.item == "2"
    assert "floor_price" in str(refusal)


def test_a_name_that_comes_twice_in_one_deal_spoils_only_that_deal() -> None:
    good, [refusal] = read('[{"deal_id": "1", "deal_id": "2"},' + json.dumps(deal(3)) + "]")
    assert [deal_of(one).id for one in good] == ["3"]
    assert "twice" in refusal.reason


def test_a_list_that_is_cut_off_says_so() -> None:
    good, [refusal] = read("[" + json.dumps(deal(1)) + ",\n")
    assert len(good) == 1
    assert refusal.line == 2
    assert "cut off" in refusal.reason


def test_what_follows_broken_json_in_a_list_is_said_to_be_unread() -> None:
    good, [refusal] = read("[" + json.dumps(deal(1)) + ",\n{oops},\n" + json.dumps(deal(3)) + "]")
    assert len(good) == 1
    assert refusal.line == 2
    assert "nothing after this line was read" in refusal.reason


def test_a_deal_that_is_larger_than_an_event_is_refused() -> None:
    _, [refusal] = read(json.dumps(deal(concepts=[f"{number}" * 40 for number in range(4000)])))
    assert "bytes" in refusal.reason


def test_the_scale_of_the_ratings_is_the_callers_choice() -> None:
    text = json.dumps(deal(safety={"garm_risk_rating": "Floor"}))
    [floor], _ = read(text)
    [safest], _ = read(text, FeedRules("main", "USD", SafetyScale.FLOOR_IS_SAFEST))
    assert deal_of(floor).safety.risk is SafetyRisk.FLOOR
    assert deal_of(safest).safety.risk is SafetyRisk.LOW


def test_a_floor_without_currency_gets_the_callers() -> None:
    [one], _ = read(
        json.dumps(deal(commercial={"floor_price": 2})), FeedRules("main", "EUR", SafetyScale.IAB)
    )
    assert deal_of(one).terms.cur == "EUR"


def test_deals_carry_the_tenant() -> None:
    [one], _ = read(json.dumps(deal()), FeedRules("acme", "USD", SafetyScale.IAB))
    assert one.event.key == "acme/bidswitch.com/1"


def test_deals_that_come_again_are_counted() -> None:
    good, _ = read(json.dumps([deal(1), deal(2), deal(1)]))
    assert repeated(good) == 1


def test_an_empty_file_holds_no_deal() -> None:
    assert list(pieces(" \n")) == []
    assert list(pieces("[]")) == []


PRODUCTS = FeedRules("main", "USD", SafetyScale.IAB, "product")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('[{"id": 1, "title": "Dimmer"}, {"id": "B-2", "name": "Lamp"}]', id="a JSON list"),
        pytest.param('{"sku": 1, "name": "Dimmer"}\n{"id": "B-2", "title": "Lamp"}\n', id="JSON lines"),
        pytest.param('id,title,price\n1,Dimmer,9.5\nB-2,"Lamp, brass",\n', id="a table with a head"),
    ],
)
def test_products_are_read_in_every_form(text: str) -> None:
    read = list(read_feed(text, PRODUCTS))

    assert [one.item_id for one in read if isinstance(one, Accepted)] == ["1", "B-2"]


def test_a_product_that_cannot_be_read_is_named_and_spoils_no_other() -> None:
    text = "id,title,price\n1,Dimmer,cheap\n2,,3\n3,Lamp,4\n4,Lamp,4,5\n"
    read = list(read_feed(text, PRODUCTS))

    assert [one.item_id for one in read if isinstance(one, Accepted)] == ["3"]
    refused = [str(one) for one in read if isinstance(one, Refusal)]
    assert refused[0].startswith("line 2 (1): price: ")
    assert refused[1].startswith("line 3 (2): name: ")
    assert refused[2] == "line 5: more cells than the head has columns"


def test_made_up_products_are_the_same_each_time_and_can_all_be_read() -> None:
    made = generate_products(120)
    text = "\n".join(json.dumps(one.product) for one in made)

    assert generate_products(120) == made
    assert all(isinstance(one, Accepted) for one in read_feed(text, PRODUCTS))
    assert len({one.label for one in made}) == 12
