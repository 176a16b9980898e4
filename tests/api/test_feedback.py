"""What visitors do about bundles, told over HTTP."""

from typing import Any

import httpx
import pytest

from contracts.bundles import BundlePurchased, BundleViewed
from tests.api.world import Rows, bundle, is_problem, new_run

PATH = "/api/feedback"
BUNDLE = str(bundle(1).bundle_id)
VIEWED: dict[str, Any] = {
    "kind": "viewed",
    "feedback_id": "f-1",
    "bundle_id": BUNDLE,
    "store": "lisbon",
    "visitor": "v-81",
    "at": "2025-06-19T11:00:00+02:00",
    "arm": "control",
}
ADDED = {name: value for name, value in VIEWED.items() if name != "arm"} | {
    "kind": "added",
    "feedback_id": "f-2",
}
BOUGHT = ADDED | {
    "kind": "purchased",
    "feedback_id": "f-3",
    "order_id": "1003",
    "bundle_value": 37.81,
    "order_value": 61.2,
    "currency": "EUR",
}


def told(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in ("topic", "sent")}


async def test_each_event_of_a_batch_is_sent_on(runner: httpx.AsyncClient, rows: Rows) -> None:
    await rows.bundles(new_run())

    answer = await runner.post(PATH, json={"events": [VIEWED, ADDED, BOUGHT]})

    assert answer.status_code == 202, answer.text
    assert answer.json() == {"accepted": 3, "unknown_bundle_ids": []}
    viewed, added, bought = await rows.sent_under("lisbon/%")
    assert [one["topic"] for one in (viewed, added, bought)] == [
        "bundle.viewed.v1",
        "bundle.added.v1",
        "bundle.purchased.v1",
    ]
    seen = BundleViewed.model_validate(told(viewed))
    assert (seen.arm, viewed["at"], viewed["tenant"]) == ("control", "2025-06-19T09:00:00Z", rows.tenant)
    assert (added["feedback_id"], added["visitor"]) == ("f-2", "v-81")
    sold = BundlePurchased.model_validate(told(bought))
    assert (sold.order_id, sold.bundle_value, sold.order_value, sold.currency) == ("1003", 37.81, 61.2, "EUR")


async def test_a_batch_that_is_sent_again_sends_nothing_new(runner: httpx.AsyncClient, rows: Rows) -> None:
    for _ in range(2):
        assert (await runner.post(PATH, json={"events": [VIEWED, ADDED, ADDED]})).json()["accepted"] == 2

    assert len(await rows.sent_under("lisbon/%")) == 2


async def test_two_things_under_one_name_contradict_each_other(runner: httpx.AsyncClient) -> None:
    twice = [VIEWED, ADDED | {"feedback_id": "f-1"}]

    problem = is_problem(await runner.post(PATH, json={"events": twice}), 422, "invalid")

    assert "lisbon/f-1" in problem["errors"][0]
    other_store = [VIEWED, ADDED | {"feedback_id": "f-1", "store": "porto"}]
    assert (await runner.post(PATH, json={"events": other_store})).status_code == 202


async def test_bundles_that_no_run_has_made_are_named_and_their_feedback_is_kept(
    runner: httpx.AsyncClient, rows: Rows
) -> None:
    await Rows(rows.owner).bundles(new_run())  # of another tenant

    answer = await runner.post(PATH, json={"events": [VIEWED, ADDED]})

    assert answer.json() == {"accepted": 2, "unknown_bundle_ids": [BUNDLE]}
    assert len(await rows.sent_under("lisbon/%")) == 2


@pytest.mark.parametrize(
    ("event", "named"),
    [
        pytest.param(VIEWED | {"kind": "seen"}, "body.events.0", id="no kind of ours"),
        pytest.param(ADDED | {"arm": "control"}, "body.events.0.added.arm", id="an arm where there is none"),
        pytest.param(VIEWED | {"at": "2025-06-19T09:00:00"}, "body.events.0.viewed.at", id="no time zone"),
        pytest.param(VIEWED | {"bundle_id": "b-1"}, "body.events.0.viewed.bundle_id", id="no bundle id"),
        pytest.param(
            BOUGHT | {"order_value": None}, "body.events.0.purchased.order_value", id="no value of the order"
        ),
        pytest.param(VIEWED | {"tenant": "acme"}, "body.events.0.viewed.tenant", id="somebody else's name"),
    ],
)
async def test_an_event_that_is_not_valid_is_named_and_none_is_sent(
    runner: httpx.AsyncClient, rows: Rows, event: dict[str, Any], named: str
) -> None:
    first = VIEWED | {"feedback_id": "f-0"}

    problem = is_problem(await runner.post(PATH, json={"events": [event, first]}), 422, "invalid")

    assert problem["errors"][0].startswith(named), problem["errors"]
    assert await rows.sent_under("lisbon/%") == []


@pytest.mark.parametrize("count", [0, 1001])
async def test_a_batch_holds_one_to_a_thousand_events(runner: httpx.AsyncClient, count: int) -> None:
    events = [VIEWED | {"feedback_id": f"f-{number}"} for number in range(count)]

    problem = is_problem(await runner.post(PATH, json={"events": events}), 422, "invalid")

    assert problem["errors"][0].startswith("body.events")


async def test_a_thousand_events_reach_kafka(runner: httpx.AsyncClient, rows: Rows) -> None:
    events = [VIEWED | {"feedback_id": f"f-{number}"} for number in range(1000)]

    answer = await runner.post(PATH, json={"events": events})

    assert answer.json()["accepted"] == 1000
    assert len(await rows.sent_under("lisbon/%")) == 1000


async def test_the_same_key_with_another_batch_is_refused(runner: httpx.AsyncClient) -> None:
    once = {"Idempotency-Key": "feedback-1"}
    await runner.post(PATH, json={"events": [VIEWED]}, headers=once)

    is_problem(await runner.post(PATH, json={"events": [ADDED]}, headers=once), 422, "idempotency_key")


async def test_a_key_that_only_reads_tells_nothing(reader: httpx.AsyncClient) -> None:
    is_problem(await reader.post(PATH, json={"events": [VIEWED]}), 403, "scope")


async def test_the_audit_trail_counts_what_was_told(admin: httpx.AsyncClient) -> None:
    await admin.post(PATH, json={"events": [VIEWED, ADDED, BOUGHT]})

    [entry] = (await admin.get("/api/audit")).json()["entries"]

    assert (entry["action"], entry["detail"]) == ("feedback", {"viewed": 1, "added": 1, "purchased": 1})
