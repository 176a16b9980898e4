"""Cancelling and doing again, for both kinds, and what is refused."""

from typing import Any

import httpx
import pytest

from contracts.runs import RunCommanded
from tests.api.world import Rows, is_problem, new_run

KINDS = ["segmentation", "packages"]

each_kind = pytest.mark.parametrize("kind", KINDS)


async def commands(rows: Rows, run: str) -> list[RunCommanded]:
    return [
        RunCommanded.model_validate(
            {name: value for name, value in event.items() if name not in ("topic", "sent")}
        )
        for event in await rows.outbox(run)
    ]


@each_kind
async def test_a_run_is_cancelled_and_says_so_at_once(
    runner: httpx.AsyncClient, rows: Rows, kind: str
) -> None:
    run = new_run()
    await rows.seen(run, kind=kind)

    answer = await runner.post(f"/api/{kind}/{run}/cancel")

    assert answer.status_code == 202
    assert answer.json() == {"run_id": run, "revision": 1, "status": "cancelling"}
    [command] = await commands(rows, run)
    assert (command.command, command.revision, command.by) == ("cancel", 1, "api: runner")
    status = (await runner.get(f"/api/{kind}/{run}/status")).json()
    assert (status["status"], status["state"]) == ("running", "cancelling")
    is_problem(await runner.post(f"/api/{kind}/{run}/cancel"), 409, "not_now")


@each_kind
async def test_a_retry_is_the_next_revision_and_found_at_once(
    runner: httpx.AsyncClient, rows: Rows, kind: str
) -> None:
    run = new_run()
    await rows.seen(run, status="completed_with_failures", kind=kind)

    answer = await runner.post(f"/api/{kind}/{run}/retry")

    assert answer.json() == {"run_id": run, "revision": 2, "status": "started"}
    [command] = await commands(rows, run)
    assert (command.command, command.revision) == ("retry", 2)
    status = (await runner.get(f"/api/{kind}/{run}/status")).json()
    assert (status["status"], status["revision"]) == ("started", 2)
    is_problem(await runner.post(f"/api/{kind}/{run}/retry"), 409, "not_now")


async def test_packages_may_be_done_again_with_new_answers(runner: httpx.AsyncClient, rows: Rows) -> None:
    run = new_run()
    await rows.seen(run, status="completed", kind="packages")

    answer = await runner.post(f"/api/packages/{run}/retry", json={"redo": "enrichment", "fresh": True})

    assert answer.status_code == 202
    [command] = await commands(rows, run)
    assert (command.redo, command.fresh) == ("enrichment", True)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param("segmentation", {"redo": "packaging"}, id="what belongs to packages"),
        pytest.param("packages", {"fresh": True}, id="fresh answers of nothing"),
        pytest.param("packages", {"again": 1}, id="a field that is not known"),
    ],
)
async def test_a_retry_that_makes_no_sense_is_not_valid(
    runner: httpx.AsyncClient, rows: Rows, kind: str, body: dict[str, Any]
) -> None:
    run = new_run()
    await rows.seen(run, status="completed", kind=kind)

    is_problem(await runner.post(f"/api/{kind}/{run}/retry", json=body), 422, "invalid")


@pytest.mark.parametrize(
    ("status", "what"),
    [("completed", "cancel"), ("refused", "retry"), (None, "retry"), ("cancelled", "cancel")],
)
async def test_what_makes_no_sense_now_is_refused_with_advice(
    runner: httpx.AsyncClient, rows: Rows, status: str | None, what: str
) -> None:
    run = new_run()
    await rows.seen(run, status=status)

    is_problem(await runner.post(f"/api/segmentation/{run}/{what}"), 409, "not_now")
    assert await rows.outbox(run) == []


@each_kind
@pytest.mark.parametrize("what", ["cancel", "retry"])
async def test_a_run_that_nobody_knows_is_not_found(runner: httpx.AsyncClient, kind: str, what: str) -> None:
    is_problem(await runner.post(f"/api/{kind}/{new_run()}/{what}"), 404, "unknown_run")


async def test_every_change_is_in_the_audit_trail_with_who_asked_for_it(
    admin: httpx.AsyncClient, rows: Rows
) -> None:
    run = new_run()
    await rows.seen(run)
    await admin.post(f"/api/segmentation/{run}/cancel", headers={"Idempotency-Key": "once"})
    await rows.seen(run, status="cancelled")
    await admin.post(f"/api/segmentation/{run}/retry")

    trail = (await admin.get("/api/audit", params={"run_id": run})).json()["entries"]

    assert [(one["action"], one["revision"]) for one in trail] == [("retry", 2), ("cancel", 1)]
    assert {(one["key_name"], one["client"], one["kind"]) for one in trail} == {
        ("ops", "127.0.0.1", "segmentation")
    }
    assert trail[1]["idempotency_key"] == "once"
    first = (await admin.get("/api/audit", params={"limit": 1})).json()
    query = {"limit": 1, "cursor": first["next_cursor"]}
    assert (await admin.get("/api/audit", params=query)).json()["entries"] == [trail[1]]
