"""Runs of bundles over HTTP."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts import Reference
from contracts.bundles import BundlesRequested
from contracts.uploads import UploadReceived
from objects import open_objects
from tests.api.world import Home, Rows, bundle, ids, is_problem, new_run, uploaded

PATH = "/api/bundles"
FILE = Reference(key="t/uploads/a.csv", sha256="0" * 64, bytes=10, count=2)


def asked_for(event: dict[str, Any]) -> BundlesRequested:
    told = {name: value for name, value in event.items() if name not in ("topic", "sent")}
    return BundlesRequested.model_validate(told)


async def waiting(rows: Rows) -> str:
    """An upload that nobody has read yet."""
    name = uuid4()
    await rows.upload(UploadReceived(tenant=rows.tenant, csv_upload_id=name, store="lisbon", products=FILE))
    return str(name)


async def test_bundles_of_all_products_are_asked_for(runner: httpx.AsyncClient, rows: Rows) -> None:
    body = {
        "store": "lisbon",
        "as_of": "2025-06-18T02:00:00+02:00",
        "settings": {"bundles": 12, "describe": True},
        "budget_usd": 0.5,
    }

    answer = await runner.post(f"{PATH}/start", json=body)

    run = answer.json()["run_id"]
    assert answer.status_code == 202, answer.text
    assert answer.json() == {"run_id": run, "status": "started", "total_products": None}
    await rows.sent(run)
    [event] = await rows.outbox(run)
    asked = asked_for(event)
    assert event["topic"] == "bundles.requested.v1"
    assert (asked.store, asked.csv_upload_id, asked.product_ids) == ("lisbon", None, None)
    assert event["as_of"] == "2025-06-18T00:00:00Z"
    assert (asked.settings.bundles, asked.settings.describe, asked.budget_usd) == (12, True, 0.5)
    assert asked.by == "api: runner"
    status = (await runner.get(f"{PATH}/{run}/status")).json()
    assert (status["status"], status["phase"], status["progress_percent"]) == ("started", "waiting", 0.0)
    assert [one["run_id"] for one in (await runner.get(PATH)).json()["runs"]] == [run]
    is_problem(await runner.get(f"{PATH}/{run}/results"), 409, "not_over")


async def test_bundles_of_some_products_are_asked_for(runner: httpx.AsyncClient, rows: Rows) -> None:
    await rows.products("1", "SKU-7")

    answer = await runner.post(f"{PATH}/start", json={"product_ids": [1, "1", "SKU-7"]})

    assert answer.json()["total_products"] == 2
    [event] = await rows.outbox(answer.json()["run_id"])
    assert (event["product_ids"], event["store"]) == ([1, "SKU-7"], "main")


async def test_more_products_than_an_event_holds_travel_as_an_object(
    runner: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    await rows.products(*ids(1001))

    answer = await runner.post(f"{PATH}/start", json={"product_ids": list(ids(1001))})

    [event] = await rows.outbox(answer.json()["run_id"])
    assert event["product_ids"] is None
    stored = await open_objects(home.objects).get(event["product_list"]["key"])
    assert json.loads(stored) == ids(1001)


async def test_products_that_nobody_published_are_refused_before_anything_is_started(
    runner: httpx.AsyncClient, rows: Rows
) -> None:
    await rows.products("1")

    answer = await runner.post(f"{PATH}/start", json={"product_ids": [1, 2, "SKU-7"]})

    problem = is_problem(answer, 422, "unknown_products")
    assert (problem["unknown_ids"], problem["unknown_count"]) == (["2", "SKU-7"], 2)
    assert (await runner.get(PATH)).json()["runs"] == []


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"bundles": 0}, id="no bundles"),
        pytest.param({"target_ms": 9000, "limit_ms": 8000}, id="the limit before the target"),
        pytest.param({"bundels": 3}, id="no setting of ours"),
    ],
)
async def test_settings_that_make_no_sense_are_not_valid(
    runner: httpx.AsyncClient, settings: dict[str, Any]
) -> None:
    problem = is_problem(await runner.post(f"{PATH}/start", json={"settings": settings}), 422, "invalid")

    assert problem["errors"][0].startswith("body.settings")


async def test_bundles_of_an_upload_that_was_read_are_asked_for(
    runner: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    name = await uploaded(rows, home)
    body = {"store": "lisbon", "csv_upload_id": name, "product_ids": ["4711"]}

    answer = await runner.post(f"{PATH}/start", json=body)

    assert answer.status_code == 202, answer.text
    [event] = await rows.outbox(answer.json()["run_id"])
    assert (event["csv_upload_id"], event["product_ids"]) == (name, ["4711"])


async def test_a_run_may_be_started_while_its_upload_waits_to_be_read(
    runner: httpx.AsyncClient, rows: Rows
) -> None:
    name = await waiting(rows)
    body = {"store": "lisbon", "csv_upload_id": name, "product_ids": [1]}

    answer = await runner.post(f"{PATH}/start", json=body)

    [event] = await rows.outbox(answer.json()["run_id"])
    assert event["wait_seconds"] == 300


async def test_products_that_an_upload_does_not_hold_are_refused(
    runner: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    await rows.products("1")  # published, but that is not what is asked for
    name = await uploaded(rows, home)
    body = {"store": "lisbon", "csv_upload_id": name, "product_ids": [1, 4711, "B07"]}

    problem = is_problem(await runner.post(f"{PATH}/start", json=body), 422, "unknown_products")

    assert (problem["unknown_ids"], problem["unknown_count"]) == (["1"], 1)
    assert name in problem["detail"]


async def test_an_upload_that_cannot_be_used_is_refused_with_its_reason(
    runner: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    refused = await uploaded(rows, home, products=None, refused="columns: no column is a price")
    foreign = await uploaded(Rows(rows.owner), home)
    other_store = await uploaded(rows, home, store="porto")
    found = {
        code: await runner.post(f"{PATH}/start", json={"store": "lisbon", "csv_upload_id": name})
        for code, name in (
            ("upload_refused", refused),
            ("unknown_upload", foreign),
            ("other_store", other_store),
        )
    }

    problems = {code: is_problem(answer, 422, code) for code, answer in found.items()}
    assert "no column is a price" in problems["upload_refused"]["detail"]
    assert "porto" in problems["other_store"]["detail"]
    assert (await runner.get(PATH)).json()["runs"] == []


async def test_a_status_tells_the_phase_of_a_run(reader: httpx.AsyncClient, rows: Rows) -> None:
    run = new_run()
    await rows.seen(run, kind="bundles", items=7)
    seen = [(await reader.get(f"{PATH}/{run}/status")).json()]
    await rows.owner.execute("update ledger.run_seen set frozen_at = now() where run_id = $1", run)
    seen.append((await reader.get(f"{PATH}/{run}/status")).json())
    await rows.bundles(run, status=None, describe=True)
    seen.append((await reader.get(f"{PATH}/{run}/status")).json())
    chosen = """update bundler.bundle_run set finished = '{"status": "completed"}' where run_id = $1"""
    await rows.owner.execute(chosen, run)
    seen.append((await reader.get(f"{PATH}/{run}/status")).json())

    assert [one["phase"] for one in seen] == ["embedding", "generating", "generating", "describing"]
    assert [(one["steps_done"], one["steps"]) for one in seen] == [(0, 2), (1, 2), (1, 3), (2, 3)]
    assert [one["processed_products"] for one in seen] == [0, 0, 0, 7]
    assert {one["status"] for one in seen} == {"running"}


async def test_results_are_the_bundles_by_rank_with_the_account_and_the_record(
    reader: httpx.AsyncClient, rows: Rows
) -> None:
    run = new_run()
    await rows.bundles(run)

    results = (await reader.get(f"{PATH}/{run}/results")).json()

    assert (results["status"], results["store"], results["as_of"]) == (
        "completed",
        "lisbon",
        "2025-06-17T18:22:00Z",
    )
    counts = results["counts"]
    assert (counts["placed"], counts["failed"], counts["excluded"], counts["bundles"]) == (6, 0, 1, 3)
    assert results["record"] == {"store": "lisbon", "policy_gates": {"no_margin": 2}}
    first = results["bundles"][0]
    assert (first["rank"], first["name"], first["named_by"]) == (1, "Bundle 1", "template")
    told = bundle(1).model_dump(mode="json")
    assert {name: first[name] for name in told} == told
    status = (await reader.get(f"{PATH}/{run}/status")).json()
    assert (status["phase"], status["progress_percent"], status["processed_products"]) == ("over", 100.0, 7)


async def test_pages_of_results_hold_each_bundle_once_and_the_record_on_the_first(
    reader: httpx.AsyncClient, rows: Rows
) -> None:
    run = new_run()
    await rows.bundles(run)

    first = (await reader.get(f"{PATH}/{run}/results", params={"limit": 2})).json()
    query = {"limit": 2, "cursor": first["next_cursor"]}
    rest = (await reader.get(f"{PATH}/{run}/results", params=query)).json()

    assert [one["rank"] for one in first["bundles"] + rest["bundles"]] == [1, 2, 3]
    assert (first["record"] is None, rest["record"], rest["next_cursor"]) == (False, None, None)


async def test_a_bundle_with_a_field_that_is_not_known_yet_is_still_shown(
    reader: httpx.AsyncClient, rows: Rows
) -> None:
    run = new_run()
    await rows.bundles(run)
    newer = (
        """update bundler.bundle set bundle = jsonb_set(bundle, '{score,novelty}', '0.3') where run_id = $1"""
    )
    await rows.owner.execute(newer, run)

    assert len((await reader.get(f"{PATH}/{run}/results")).json()["bundles"]) == 3


async def test_a_run_that_was_refused_has_results_without_bundles(
    reader: httpx.AsyncClient, rows: Rows
) -> None:
    run = new_run()
    await rows.seen(run, status="refused", kind="bundles")

    results = (await reader.get(f"{PATH}/{run}/results")).json()

    assert (results["status"], results["bundles"]) == ("refused", [])
    assert (results["store"], results["as_of"], results["record"]) == (None, None, None)


async def test_a_run_is_cancelled_and_done_again(runner: httpx.AsyncClient, rows: Rows) -> None:
    run = new_run()
    await rows.bundles(run, status=None)

    cancel = await runner.post(f"{PATH}/{run}/cancel")
    state = (await runner.get(f"{PATH}/{run}/status")).json()["state"]
    await rows.seen(run, status="cancelled", kind="bundles")
    retry = await runner.post(f"{PATH}/{run}/retry")

    assert (cancel.json()["status"], state) == ("cancelling", "cancelling")
    assert (retry.json()["revision"], retry.json()["status"]) == (2, "started")
    assert [event["command"] for event in await rows.outbox(run)] == ["cancel", "retry"]
    again = await runner.post(f"{PATH}/{run}/retry", json={"redo": "packaging"})
    assert "belongs to packages" in is_problem(again, 422, "invalid")["detail"]


async def test_a_run_of_bundles_is_followed_to_its_end(reader: httpx.AsyncClient, rows: Rows) -> None:
    run = new_run()
    await rows.bundles(run, status=None)
    events: list[str] = []
    async with reader.stream("GET", f"{PATH}/{run}/events") as stream:
        async for line in stream.aiter_lines():
            if line.startswith("event:"):
                events.append(line.removeprefix("event: "))
                await rows.seen(run, status="completed", kind="bundles")

    assert events == ["progress", "end"]


async def test_the_audit_trail_names_the_store_and_the_upload(admin: httpx.AsyncClient, rows: Rows) -> None:
    name = await waiting(rows)

    await admin.post(f"{PATH}/start", json={"store": "lisbon", "csv_upload_id": name})

    [entry] = (await admin.get("/api/audit")).json()["entries"]
    assert (entry["action"], entry["kind"]) == ("start", "bundles")
    assert entry["detail"] == {"store": "lisbon", "csv_upload_id": name, "total": None}


async def test_a_bundle_is_shown_as_the_last_run_found_it(reader: httpx.AsyncClient, rows: Rows) -> None:
    older, newer = new_run(), new_run()
    await rows.bundles(older)
    await rows.bundles(newer)

    found = (await reader.get(f"{PATH}/{bundle(2).bundle_id}")).json()

    assert (found["run_id"], found["revision"], found["bundle"]["rank"]) == (newer, 1, 2)
    assert found["bundle"]["bundle_id"] == str(bundle(2).bundle_id)


async def test_nobody_sees_bundles_of_another_tenant(reader: httpx.AsyncClient, rows: Rows) -> None:
    run = new_run()
    await Rows(rows.owner).bundles(run)

    for what in ("status", "results", "interactions", "events"):
        is_problem(await reader.get(f"{PATH}/{run}/{what}"), 404, "unknown_run")
    is_problem(await reader.get(f"{PATH}/{bundle(1).bundle_id}"), 404, "unknown_bundle")


async def test_the_same_request_starts_one_run(runner: httpx.AsyncClient) -> None:
    once = {"Idempotency-Key": "bundles-1"}

    answers = await asyncio.gather(
        *(runner.post(f"{PATH}/start", json={"store": "lisbon"}, headers=once) for _ in range(6))
    )

    assert {one.status_code for one in answers} == {202}
    assert len({one.json()["run_id"] for one in answers}) == 1


async def test_a_key_that_only_reads_starts_nothing(reader: httpx.AsyncClient) -> None:
    is_problem(await reader.post(f"{PATH}/start", json={}), 403, "scope")
