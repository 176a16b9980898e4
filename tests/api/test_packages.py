"""Packages over HTTP."""

import httpx

from contracts.deals import PackagesRequested
from tests.api.world import Rows, is_problem, new_run

PATH = "/api/packages"


async def test_packages_of_some_deals_are_asked_for(runner: httpx.AsyncClient, rows: Rows) -> None:
    body = {
        "deal_ids": ["a.com/1", "a.com/2", "a.com/1"],
        "settings": {"clusters": {"max_deals_per_cluster": 15}},
        "budget_usd": 2,
    }

    answer = await runner.post(f"{PATH}/start", json=body)

    run = answer.json()["run_id"]
    assert answer.status_code == 202
    assert answer.json() == {"run_id": run, "status": "started", "total_deals": 2}
    [event] = await rows.outbox(run)
    asked = PackagesRequested.model_validate(
        {name: value for name, value in event.items() if name not in ("topic", "sent")}
    )
    assert asked.deal_ids == ("a.com/1", "a.com/2")
    assert asked.settings.clusters.max_deals_per_cluster == 15
    assert asked.budget_usd == 2
    status = (await runner.get(f"{PATH}/{run}/status")).json()
    assert (status["status"], status["phase"], status["total_deals"]) == ("started", "waiting", 2)


async def test_no_deals_named_means_all_that_are_offered(runner: httpx.AsyncClient, rows: Rows) -> None:
    answer = await runner.post(f"{PATH}/start", json={})

    assert answer.json()["total_deals"] is None
    [event] = await rows.outbox(answer.json()["run_id"])
    assert (event["deal_ids"], event["deal_list"]) == (None, None)


async def test_an_id_without_its_origin_is_not_valid(runner: httpx.AsyncClient) -> None:
    is_problem(await runner.post(f"{PATH}/start", json={"deal_ids": ["3001"]}), 422, "invalid")


async def test_a_status_tells_the_phase_and_what_is_settled(reader: httpx.AsyncClient, rows: Rows) -> None:
    run = new_run()
    await rows.packages(run, status=None)
    seen: list[str] = []
    for column in ("frozen_at", "clustered_at", "packaged_at"):
        seen.append((await reader.get(f"{PATH}/{run}/status")).json()["phase"])
        await rows.owner.execute(f"update ledger.run_seen set {column} = now() where run_id = $1", run)
    await rows.owner.execute("update ledger.run_seen set clusters = 2, packages = 2 where run_id = $1", run)

    status = (await reader.get(f"{PATH}/{run}/status")).json()

    assert [*seen, status["phase"]] == ["embedding", "clustering", "packaging", "enrichment"]
    assert (status["total_deals"], status["processed_deals"], status["progress_percent"]) == (7, 7, 99.0)
    assert (status["steps"], status["steps_done"]) == (4, 0)


async def test_results_are_packages_and_last_what_is_in_none(reader: httpx.AsyncClient, rows: Rows) -> None:
    run = new_run()
    await rows.packages(run)

    first = (await reader.get(f"{PATH}/{run}/results", params={"limit": 2})).json()
    query = {"limit": 2, "cursor": first["next_cursor"]}
    rest = (await reader.get(f"{PATH}/{run}/results", params=query)).json()

    packages = first["packages"] + rest["packages"]
    assert [one["kind"] for one in packages] == ["package", "package", "excluded"]
    assert sorted(one["enriched"] for one in packages) == [False, False, True]
    [described] = [one for one in packages if one["enriched"]]
    assert described["advice"] == {"description": "For sports fans"}
    assert packages[-1]["excluded"] == [
        {"deal_id": "a.com/left", "code": "safety_mismatch", "words": "too risky"}
    ]
    assert rest["next_cursor"] is None
    status = (await reader.get(f"{PATH}/{run}/status")).json()
    assert (status["state"], status["progress_percent"], status["counts"]["placed"]) == ("over", 100.0, 6)


async def test_a_package_that_a_retry_left_behind_counts_no_more(
    reader: httpx.AsyncClient, rows: Rows
) -> None:
    run = new_run()
    await rows.packages(run)
    all_of_them = (await reader.get(f"{PATH}/{run}/results")).json()["packages"]
    await rows.owner.execute(
        "insert into enricher.member (tenant, run_id, revision, member_id, expected, state, made_by)"
        " values ($1, $2, 1, $3, true, 'done', 1)",
        rows.tenant,
        run,
        all_of_them[0]["package_id"],
    )

    kept = (await reader.get(f"{PATH}/{run}/results")).json()["packages"]

    assert [one["package_id"] for one in kept] == [all_of_them[0]["package_id"]]


async def test_runs_and_their_calls_are_listed(reader: httpx.AsyncClient, rows: Rows) -> None:
    run = new_run()
    await rows.packages(run)
    await rows.interaction(run, 1)

    [listed] = (await reader.get(PATH)).json()["runs"]
    calls = (await reader.get(f"{PATH}/{run}/interactions")).json()

    assert (listed["run_id"], listed["total_deals"], listed["status"]) == (run, 7, "completed")
    assert len(calls["interactions"]) == 1
