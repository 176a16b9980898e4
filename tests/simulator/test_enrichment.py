from typing import Any

import pytest

from tests.simulator.asking import Client, about, block, deal, request

LISTS = ("verticals", "use_cases", "recommendations")


async def enriched(client: Client, deals: list[Any], words: str = "") -> Any:
    return await client.answer(request("enrich_package", deals, words=words))


async def test_a_package_gets_sentences_that_say_what_is_in_it(client: Client) -> None:
    answer = await enriched(client, about("Automotive", range(4)), words="Package: Motor Show")

    assert answer["description"] == (
        "Motor Show brings together 4 deals about Automotive on Paramount."
        " It reaches Auto Intenders, with floor prices of 5.50 to 5.50 USD."
    )
    assert answer["verticals"] == ["Automotive", "Insurance"]


@pytest.mark.parametrize(
    "deals",
    [
        pytest.param([], id="no deals"),
        pytest.param([{"deal_id": "openx.com/1"}], id="a bare deal"),
        pytest.param(about("Travel", range(3)) + about("Automotive", range(3, 9)), id="two themes"),
    ],
)
async def test_every_list_has_one_to_four_entries_that_differ(client: Client, deals: list[Any]) -> None:
    answer = await enriched(client, deals)

    assert all(1 <= len(answer[name]) <= 4 and len(set(answer[name])) == len(answer[name]) for name in LISTS)


@pytest.mark.parametrize("rating", ["High", "Floor"])
async def test_a_risky_package_is_not_recommended_to_sensitive_brands(client: Client, rating: str) -> None:
    answer = await enriched(client, [deal(1), deal(2, safety={"garm_risk_rating": rating})])

    assert "Keep sensitive brands out" in answer["recommendations"][0]


async def test_an_unrated_deal_is_not_called_safe(client: Client) -> None:
    answer = await enriched(client, [deal(1), deal(2, safety={"garm_risk_rating": None})])

    assert "Check the brand safety" in answer["recommendations"][0]


async def test_the_name_is_taken_from_the_aggregates_when_they_have_one(client: Client) -> None:
    aggregates = block("aggregates", [{"package_name": "Autumn <Drive>"}])

    answer = await enriched(client, [deal(1)], words=f"Package: other\n{aggregates}")

    assert answer["description"].startswith("Autumn <Drive> brings together 1 deal")


async def test_prices_in_two_currencies_are_not_one_range(client: Client) -> None:
    answer = await enriched(client, [deal(1), deal(2, commercial={"currency": "EUR"})])

    assert "several currencies" in answer["description"]
