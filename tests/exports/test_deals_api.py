"""A deal as an object of the IAB Deals API, and back without loss."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic import ValidationError

from cli.demo_data import generate_deals
from cli.exports import deals_api
from cli.exports.deals_file import DealsFile
from contracts import InvalidEvent
from contracts.deal import Deal, read_deal
from tests.contracts.values import documents
from tests.exports.made_up import RUN_ID, package

DEMO = [read_deal(json.dumps(demo.deal)) for demo in generate_deals(300)]
PACKAGE = package()


def there_and_back(deal: Deal) -> Deal:
    return deals_api.read(deals_api.write(deal, PACKAGE).text())


def test_demo_deals_come_back_byte_for_byte() -> None:
    assert [there_and_back(deal).canonical() for deal in DEMO] == [deal.canonical() for deal in DEMO]


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(documents(Deal))
def test_any_deal_comes_back_byte_for_byte(document: object) -> None:
    try:
        deal = Deal.read(json.dumps(document))
    except InvalidEvent:
        return
    assert there_and_back(deal).canonical() == deal.canonical()


def test_numbers_and_names_are_those_of_the_standard() -> None:
    deal = Deal.model_validate(
        {
            **DEMO[0].model_dump(),
            "adtypes": ["video"],
            "terms": {"pricetype": "fixed", "guaranteed": True, "wseat": ["s"], "bseat": ["t"]},
            "inventory": {"types": ["ctv", "app"], "dinventory": 1},
        }
    )
    told = json.loads(deals_api.write(deal, PACKAGE).text())
    assert told["adtypes"] == [2]
    assert told["terms"]["pricetype"] == 3
    assert told["terms"]["guar"] == 1
    assert told["wseat"] == ["s"]
    assert "bseat" not in told
    assert told["inventory"]["inclinventory"] == [2]
    assert told["inventory"]["devicetype"] == [3]
    assert told["curation"]["cdealid"] == PACKAGE.package_id


def test_an_inventory_that_may_change_is_not_stated_as_fixed() -> None:
    deal = DEMO[0].model_copy(update={"inventory": DEMO[0].inventory.model_copy(update={"dinventory": 2})})
    assert "inventory" not in json.loads(deals_api.write(deal, PACKAGE).text())
    assert there_and_back(deal) == deal


def test_an_object_that_breaks_the_standard_is_refused() -> None:
    told = json.loads(deals_api.write(DEMO[0], PACKAGE).text())
    with pytest.raises(ValidationError):
        deals_api.read(json.dumps({**told, "sellerstatus": 9}))


def test_the_file_has_each_deal_of_each_package_once_wherever_it_was_torn(tmp_path: Path) -> None:
    deals = {deal.item_id: deal for deal in DEMO[:6]}
    lines = [package(number, deal_ids=sorted(deals)[number : number + 3]) for number in range(3)]
    path = tmp_path / "deals.jsonl"

    def written() -> bytes:
        sink = DealsFile(path, RUN_ID, deals)
        there = sink.open()
        sink.add([line for line in lines if line.key not in there])
        sink.flush()
        return path.read_bytes()

    whole = written()
    assert whole.count(b"\n") == 9
    for at in range(0, len(whole), 97):
        path.write_bytes(whole[:at])
        assert written() == whole
