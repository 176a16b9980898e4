"""The same request sent again, at once and over two servers."""

import asyncio
from typing import Any

import httpx

from tests.api.world import Home, Rows, client, is_problem, new_run, serving

START = "/api/segmentation/start"
BODY: dict[str, Any] = {"product_ids": [1, 2], "category": "Dimmers"}
ONCE = {"Idempotency-Key": "start-1"}


async def runs_of(rows: Rows) -> int:
    found: int = await rows.owner.fetchval("select count(*) from requested where tenant = $1", rows.tenant)
    return found


async def test_the_same_request_gets_the_same_answer_and_starts_one_run(
    runner: httpx.AsyncClient, rows: Rows
) -> None:
    await rows.products("1", "2")

    first = await runner.post(START, json=BODY, headers=ONCE)
    await rows.owner.execute("delete from embedder.item where tenant = $1", rows.tenant)
    second = await runner.post(START, json=BODY, headers=ONCE)

    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert await runs_of(rows) == 1
    assert len(await rows.outbox(first.json()["run_id"])) == 1


async def test_requests_at_once_over_two_servers_start_one_run(home: Home, address: str, rows: Rows) -> None:
    await rows.products("1", "2")
    key = await rows.key("run")
    async with serving(home.settings()) as second, client(address, key) as a, client(second, key) as b:
        answers = await asyncio.gather(*(each.post(START, json=BODY, headers=ONCE) for each in (a, b) * 8))

    assert {one.status_code for one in answers} == {202}
    assert len({one.json()["run_id"] for one in answers}) == 1
    assert await runs_of(rows) == 1


async def test_another_body_under_the_same_key_is_refused(runner: httpx.AsyncClient, rows: Rows) -> None:
    await rows.products("1", "2")
    await runner.post(START, json=BODY, headers=ONCE)

    is_problem(
        await runner.post(START, json=BODY | {"category": "Lamps"}, headers=ONCE), 422, "idempotency_key"
    )


async def test_keys_of_two_callers_do_not_meet(address: str, rows: Rows) -> None:
    await rows.products("1", "2")
    async with client(address, await rows.key("run")) as a, client(address, await rows.key("run")) as b:
        answers = [await each.post(START, json=BODY, headers=ONCE) for each in (a, b)]

    assert answers[0].json()["run_id"] != answers[1].json()["run_id"]


async def test_a_request_that_was_refused_may_be_sent_again(runner: httpx.AsyncClient, rows: Rows) -> None:
    is_problem(await runner.post(START, json=BODY, headers=ONCE), 422, "unknown_products")
    await rows.products("1", "2")

    assert (await runner.post(START, json=BODY, headers=ONCE)).status_code == 202


async def test_cancel_and_retry_are_answered_again_too(runner: httpx.AsyncClient, rows: Rows) -> None:
    run = new_run()
    await rows.seen(run)
    cancels = [
        await runner.post(f"/api/segmentation/{run}/cancel", headers={"Idempotency-Key": "c"})
        for _ in range(2)
    ]
    await rows.seen(run, status="cancelled")
    retries = [
        await runner.post(f"/api/segmentation/{run}/retry", headers={"Idempotency-Key": "r"})
        for _ in range(2)
    ]

    assert [one.status_code for one in cancels + retries] == [202] * 4
    assert cancels[0].json() == cancels[1].json()
    assert retries[0].json() == retries[1].json()
    assert len(await rows.outbox(run)) == 2


async def test_two_retries_at_once_make_one_revision(runner: httpx.AsyncClient, rows: Rows) -> None:
    run = new_run()
    await rows.seen(run, status="failed")

    answers = await asyncio.gather(*(runner.post(f"/api/segmentation/{run}/retry") for _ in range(5)))

    assert sorted(one.status_code for one in answers) == [202, 409, 409, 409, 409]


async def test_after_its_time_a_key_is_forgotten(home: Home, rows: Rows) -> None:
    await rows.products("1", "2")
    key = await rows.key("run")
    async with serving(home.settings(idempotency_hours=0.00001)) as address, client(address, key) as runner:
        first = await runner.post(START, json=BODY, headers=ONCE)
        await asyncio.sleep(0.05)  # longer than the key is kept
        second = await runner.post(START, json=BODY, headers=ONCE)

    assert first.json()["run_id"] != second.json()["run_id"]
