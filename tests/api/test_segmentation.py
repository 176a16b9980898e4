"""Segmentations over HTTP, with the paths and shapes of the requirement."""

import json
from typing import Any

import httpx
import pytest

from contracts.products import SegmentationRequested
from objects import open_objects
from tests.api.world import Home, Rows, ids, is_problem, new_run

PATH = "/api/segmentation"
BODY: dict[str, Any] = {
    "product_ids": [123, "456", "SKU-7"],
    "category": "Dimmer Switches",
    "model": "gpt-4o",
    "temperature": 0.2,
}


async def started(runner: httpx.AsyncClient, rows: Rows, **changes: Any) -> str:
    await rows.products("123", "456", "SKU-7")
    answer = await runner.post(f"{PATH}/start", json=BODY | changes)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["run_id"])


async def test_a_run_is_started_and_its_request_reaches_kafka(runner: httpx.AsyncClient, rows: Rows) -> None:
    await rows.products("123", "456", "SKU-7")

    answer = await runner.post(f"{PATH}/start", json=BODY)

    run = answer.json()["run_id"]
    assert answer.json() == {"run_id": run, "status": "started", "total_products": 3}
    await rows.sent(run)
    [event] = await rows.outbox(run)
    asked = SegmentationRequested.model_validate(
        {name: value for name, value in event.items() if name not in ("topic", "sent")}
    )
    assert asked.product_ids == (123, "456", "SKU-7")
    assert (asked.settings.llm.model, asked.settings.llm.temperature) == ("gpt-4o", 0.2)


async def test_a_get_right_after_the_post_finds_the_run(runner: httpx.AsyncClient, rows: Rows) -> None:
    run = await started(runner, rows)

    status = (await runner.get(f"{PATH}/{run}/status")).json()

    assert (status["status"], status["total_products"], status["processed_products"]) == ("started", 3, 0)
    assert (status["progress_percent"], status["estimated_completion"]) == (0.0, None)
    listed = (await runner.get(PATH)).json()["runs"]
    assert [one["run_id"] for one in listed] == [run]
    is_problem(await runner.get(f"{PATH}/{run}/results"), 409, "not_over")


async def test_products_that_nobody_published_are_refused_before_anything_is_started(
    runner: httpx.AsyncClient, rows: Rows
) -> None:
    await rows.products("123")

    answer = await runner.post(f"{PATH}/start", json=BODY)

    problem = is_problem(answer, 422, "unknown_products")
    assert (problem["unknown_ids"], problem["unknown_count"]) == (["456", "SKU-7"], 2)
    assert (await runner.get(PATH)).json()["runs"] == []


async def test_more_products_than_an_event_holds_travel_as_an_object(
    runner: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    await rows.owner.executemany(
        "insert into embedder.item (tenant, item_id, kind, withdrawn, name, content_sha256)"
        " values ($1, $2, 'product', false, $2, '')",
        [(rows.tenant, one) for one in ids(1500)],
    )

    answer = await runner.post(f"{PATH}/start", json=BODY | {"product_ids": list(range(1, 1501))})

    assert answer.json()["total_products"] == 1500
    [event] = await rows.outbox(answer.json()["run_id"])
    assert event["product_ids"] is None
    stored = await open_objects(home.objects).get(event["product_list"]["key"])
    assert json.loads(stored) == list(range(1, 1501))


async def test_the_same_product_twice_counts_once(runner: httpx.AsyncClient, rows: Rows) -> None:
    await rows.products("123")

    answer = await runner.post(f"{PATH}/start", json=BODY | {"product_ids": [123, "123", 123]})

    assert answer.json()["total_products"] == 1


async def test_a_status_tells_how_far_a_run_is(reader: httpx.AsyncClient, rows: Rows) -> None:
    run = new_run()
    await rows.segmentation(run, status=None)
    await rows.interaction(run, 1)

    status = (await reader.get(f"{PATH}/{run}/status")).json()

    assert (status["status"], status["state"], status["phase"]) == ("running", "active", "segmentation")
    assert (status["total_products"], status["processed_products"]) == (4, 2)
    assert (status["progress_percent"], status["steps"], status["steps_done"]) == (50.0, 2, 1)
    assert status["estimated_completion"] is not None
    assert status["cost"]["usd"] == 0.25


@pytest.mark.parametrize(("state", "shown"), [("paused", "paused"), ("cancelled", "cancelling")])
async def test_a_status_tells_that_somebody_steers_it(
    reader: httpx.AsyncClient, rows: Rows, state: str, shown: str
) -> None:
    run = new_run()
    await rows.segmentation(run, status=None)
    await rows.state("segmenter", run, state)

    assert (await reader.get(f"{PATH}/{run}/status")).json()["state"] == shown


async def test_results_are_the_refined_assignments_with_ids_as_they_were_published(
    reader: httpx.AsyncClient, rows: Rows
) -> None:
    run = new_run()
    await rows.segmentation(run)

    results = (await reader.get(f"{PATH}/{run}/results")).json()

    assert results["status"] == "completed"
    smart, other = results["taxonomies"]
    assert (smart["category_name"], smart["product_count"]) == ("Smart", 3)
    assert smart["definition"] == "What it holds"
    assert results["segments"] == [
        {"product_id": 123, "taxonomy_id": smart["id"], "confidence": 0.9, "moved": False},
        {"product_id": 456, "taxonomy_id": smart["id"], "confidence": 0.9, "moved": False},
        {"product_id": "SKU-7", "taxonomy_id": smart["id"], "confidence": 0.9, "moved": False},
        {"product_id": "0789", "taxonomy_id": other["id"], "confidence": 0.6, "moved": True},
    ]


async def test_pages_of_results_hold_each_product_once(reader: httpx.AsyncClient, rows: Rows) -> None:
    run = new_run()
    await rows.segmentation(run)
    found, cursor = [], None
    while True:
        query = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        body = (await reader.get(f"{PATH}/{run}/results", params=query)).json()
        found += [one["product_id"] for one in body["segments"]]
        if (cursor := body["next_cursor"]) is None:
            break

    assert found == [123, 456, "SKU-7", "0789"]


async def test_results_of_an_earlier_revision_stay_while_a_retry_runs(
    reader: httpx.AsyncClient, rows: Rows
) -> None:
    run = new_run()
    await rows.segmentation(run)
    await rows.seen(run, revision=2)

    is_problem(await reader.get(f"{PATH}/{run}/results"), 409, "not_over")
    earlier = await reader.get(f"{PATH}/{run}/results", params={"revision": 1})

    assert len(earlier.json()["segments"]) == 4
    is_problem(await reader.get(f"{PATH}/{run}/results", params={"revision": 9}), 404, "unknown_run")


async def test_runs_are_listed_newest_first_by_pages_and_by_status(
    reader: httpx.AsyncClient, rows: Rows
) -> None:
    runs = [f"RUN_{at}" for at in range(5)]
    for at, run in enumerate(runs):
        await rows.seen(run, status="completed" if at % 2 else None)
    await rows.seen("RUN_of_packages", kind="packages")

    first = (await reader.get(PATH, params={"limit": 3})).json()
    rest = (await reader.get(PATH, params={"limit": 3, "cursor": first["next_cursor"]})).json()
    done = (await reader.get(PATH, params={"status": "completed"})).json()

    assert [one["run_id"] for one in first["runs"] + rest["runs"]] == runs[::-1]
    assert rest["next_cursor"] is None
    assert [one["run_id"] for one in done["runs"]] == ["RUN_3", "RUN_1"]


async def test_calls_of_a_run_are_listed_by_pages(reader: httpx.AsyncClient, rows: Rows) -> None:
    run = new_run()
    await rows.segmentation(run)
    for number in range(3):
        await rows.interaction(run, number)

    first = (await reader.get(f"{PATH}/{run}/interactions", params={"limit": 2})).json()
    query = {"limit": 2, "cursor": first["next_cursor"]}
    rest = (await reader.get(f"{PATH}/{run}/interactions", params=query)).json()

    calls = first["interactions"] + rest["interactions"]
    assert [one["batch_id"] for one in calls] == [0, 1, 2]
    assert calls[0]["path"] == f"{rows.tenant}/llm_logs/{run}/segmentation/0.json"
    assert (calls[0]["type"], calls[0]["model"], calls[0]["attempt"]) == ("segmentation", "model-1", 1)
    assert (calls[0]["cost_usd"], calls[0]["status"]) == (0.25, "answered")
    assert rest["next_cursor"] is None


async def test_nobody_sees_runs_of_another_tenant(reader: httpx.AsyncClient, rows: Rows) -> None:
    run = new_run()
    await Rows(rows.owner).segmentation(run)

    for what in ("status", "results", "interactions", "events"):
        is_problem(await reader.get(f"{PATH}/{run}/{what}"), 404, "unknown_run")


async def test_a_run_of_another_kind_is_shown_the_way(reader: httpx.AsyncClient, rows: Rows) -> None:
    run = new_run()
    await rows.packages(run)

    problem = is_problem(await reader.get(f"{PATH}/{run}/status"), 404, "unknown_run")

    assert f"/api/packages/{run}/status" in problem["detail"]
