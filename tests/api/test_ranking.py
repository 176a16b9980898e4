"""Runs of ranking data over HTTP."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from contracts.ranking_data import RankingDataRequested
from objects import S3Objects, open_objects
from ranking.files import read_records, rendered
from ranking.graph.reading import read_lines
from tests.api.ranked import RECORDS, REPORT, began, ended
from tests.api.world import Home, Rows, is_problem, new_run

PATH = "/api/ranking_data"
PLATFORM = {"node_id": "P1", "kind": "platform", "name": "Smile Partners", "links": ["A1"]}
ADD_ON = {"node_id": "A1", "kind": "add_on", "name": "Lakeside Dental", "sectors": ["dental"]}
OTHER = {"node_id": "P2", "kind": "platform", "name": "North Heating"}
RECORD = {"query": "dental", "candidate_id": "A1", "label": 1, "cluster_id": "P1", "metadata": {"grade": 3}}


def asked_for(event: dict[str, Any]) -> RankingDataRequested:
    told = {name: value for name, value in event.items() if name not in ("topic", "sent")}
    return RankingDataRequested.model_validate(told)


async def start(runner: httpx.AsyncClient, rows: Rows, body: dict[str, Any]) -> RankingDataRequested:
    answer = await runner.post(f"{PATH}/start", json=body)
    assert answer.status_code == 202, answer.text
    [event] = await rows.outbox(answer.json()["run_id"])
    return asked_for(event)


async def test_ranking_data_of_packages_are_asked_for(runner: httpx.AsyncClient, rows: Rows) -> None:
    packages = new_run()
    body = {
        "packages_run": packages,
        "packages_revision": 2,
        "settings": {"num_clusters": 20, "dry_run": True},
        "wait_seconds": 60,
        "budget_usd": 0.5,
    }

    answer = await runner.post(f"{PATH}/start", json=body)

    run = answer.json()["run_id"]
    assert answer.status_code == 202, answer.text
    assert answer.json() == {"run_id": run, "status": "started", "total_candidates": None}
    await rows.sent(run)
    [event] = await rows.outbox(run)
    asked = asked_for(event)
    assert event["topic"] == "ranking_data.requested.v1"
    assert (asked.packages_run, asked.packages_revision, asked.graph) == (packages, 2, None)
    assert (asked.settings.num_clusters, asked.settings.dry_run) == (20, True)
    assert (asked.wait_seconds, asked.budget_usd, asked.by) == (60, 0.5, "api: runner")
    status = (await runner.get(f"{PATH}/{run}/status")).json()
    assert (status["status"], status["phase"], status["progress_percent"]) == ("started", "waiting", 0.0)
    assert [one["run_id"] for one in (await runner.get(PATH)).json()["runs"]] == [run]
    for what in ("results", "records", "dataset"):
        is_problem(await runner.get(f"{PATH}/{run}/{what}"), 409, "not_over")


async def test_no_source_named_means_the_packages_made_last(runner: httpx.AsyncClient, rows: Rows) -> None:
    asked = await start(runner, rows, {})

    assert (asked.packages_run, asked.graph, asked.existing) == (None, None, None)


async def test_a_graph_travels_as_an_object_whatever_the_order_of_its_nodes(
    runner: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    asked = await start(runner, rows, {"graph": [PLATFORM, ADD_ON, OTHER]})
    again = await start(runner, rows, {"graph": [OTHER, ADD_ON, PLATFORM]})

    assert asked.graph is not None
    assert asked.graph == again.graph
    assert asked.graph.key == f"{rows.tenant}/graphs/{asked.graph.sha256}.jsonl"
    nodes = read_lines(await open_objects(home.objects).get(asked.graph.key))
    assert [(node.node_id, node.links) for node in nodes] == [("A1", ("P1",)), ("P1", ()), ("P2", ())]
    status = (await runner.get(f"{PATH}/{asked.run_id}/status")).json()
    assert (status["total_candidates"], asked.graph.count) == (3, 3)
    kept = await rows.owner.fetchval("select request from requested where run_id = $1", asked.run_id)
    assert "graph" not in json.loads(kept)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        pytest.param({"packages_run": "RUN_1", "graph": [PLATFORM, ADD_ON]}, "one source", id="two sources"),
        pytest.param({"packages_revision": 1}, "packages_run", id="a revision of no run"),
        pytest.param({"graph": []}, "body.graph", id="no nodes"),
        pytest.param({"graph": [ADD_ON | {"kind": "person"}]}, "body.graph.0.kind", id="no kind of ours"),
        pytest.param({"graph": [PLATFORM]}, "there is no node 'A1'", id="a link to nobody"),
        pytest.param(
            {"graph": [ADD_ON, ADD_ON | {"name": "B"}]}, "'A1' stands at node 1 too", id="an id twice"
        ),
        pytest.param({"existing": [RECORD | {"label": 0}]}, "body.existing.0", id="a label that contradicts"),
        pytest.param({"existing": [], "existing_run": "RUN_1"}, "one place", id="two places of records"),
        pytest.param({"settings": {"splits": {"train": 1}}}, "add up to 1", id="more than all"),
        pytest.param({"setings": {}}, "body.setings", id="no field of ours"),
    ],
)
async def test_what_makes_no_sense_is_not_valid(
    runner: httpx.AsyncClient, body: dict[str, Any], named: str
) -> None:
    problem = is_problem(await runner.post(f"{PATH}/start", json=body), 422, "invalid")

    assert named in problem["errors"][0]


async def test_records_that_are_brought_travel_as_an_object(
    runner: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    asked = await start(runner, rows, {"existing": [RECORD]})

    assert asked.existing is not None
    [record] = read_records(await open_objects(home.objects).get(asked.existing.key), "existing")
    assert (record.query, record.candidate_id, record.grade, record.label) == ("dental", "A1", 3, 1)
    assert asked.existing.count == 1


async def test_records_of_an_earlier_run_are_appended_to_by_its_name(
    runner: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    earlier = new_run()
    made = await ended(rows, home, earlier)

    named = await start(runner, rows, {"existing_run": earlier})
    download = await runner.get(f"{PATH}/{earlier}/dataset")
    brought = await start(runner, rows, {"existing": download.json()})

    assert named.existing == made.dataset
    assert brought.existing == made.dataset


async def test_a_run_without_records_here_cannot_be_appended_to(
    runner: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    foreign, refused = new_run(), new_run()
    await ended(Rows(rows.owner), home, foreign)
    await rows.seen(refused, status="refused", kind="ranking_data")

    for run in (foreign, refused):
        answer = await runner.post(f"{PATH}/start", json={"existing_run": run})
        assert run in is_problem(answer, 422, "unknown_records")["detail"]
    assert [one["run_id"] for one in (await runner.get(PATH)).json()["runs"]] == [refused]


async def test_a_status_tells_the_phase_of_a_run(reader: httpx.AsyncClient, rows: Rows) -> None:
    run = new_run()
    await rows.seen(run, kind="ranking_data", items=9)
    seen = [(await reader.get(f"{PATH}/{run}/status")).json()]
    await rows.owner.execute("update ledger.run_seen set frozen_at = now() where run_id = $1", run)
    seen.append((await reader.get(f"{PATH}/{run}/status")).json())
    await began(rows, run)
    seen.append((await reader.get(f"{PATH}/{run}/status")).json())
    await rows.owner.execute("update ranker.member set state = 'done' where run_id = $1", run)
    seen.append((await reader.get(f"{PATH}/{run}/status")).json())

    assert [one["phase"] for one in seen] == ["embedding", "drawing", "writing", "labelling"]
    assert [(one["processed_clusters"], one["total_clusters"]) for one in seen] == [
        (0, 0),
        (0, 0),
        (1, 3),
        (3, 3),
    ]
    assert [one["progress_percent"] for one in seen] == [0.0, 0.0, 33.3, 99.0]
    assert [(one["steps_done"], one["steps"]) for one in seen] == [(0, 0), (0, 0), (1, 4), (3, 4)]
    assert seen[2]["estimated_completion"]
    assert {(one["status"], one["total_candidates"]) for one in seen} == {("running", 9)}


async def test_results_are_the_report_and_the_queries_of_each_cluster(
    reader: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    run = new_run()
    await ended(rows, home, run)

    first = (await reader.get(f"{PATH}/{run}/results", params={"limit": 2})).json()
    query = {"limit": 2, "cursor": first["next_cursor"]}
    rest = (await reader.get(f"{PATH}/{run}/results", params=query)).json()

    assert first["report"] == REPORT.model_dump(mode="json")
    counts = first["counts"]
    assert (counts["queries"], counts["positives"], counts["negatives"]) == (2, 3, 2)
    clusters = first["clusters"] + rest["clusters"]
    assert [one["cluster_id"] for one in clusters] == ["P1", "P2", "P3"]
    assert clusters[0]["queries"] == [
        {"query": "dental add-ons", "kept": True},
        {"query": "dental", "kept": False},
    ]
    assert (clusters[0]["made_by"], clusters[0]["code"]) == ("model", "")
    assert clusters[2] == {
        "cluster_id": "P3",
        "made_by": None,
        "queries": [],
        "code": "llm_answer",
        "words": "the model answered with prose",
    }
    assert (rest["report"], rest["next_cursor"]) == (None, None)
    status = (await reader.get(f"{PATH}/{run}/status")).json()
    assert (status["phase"], status["progress_percent"], status["steps_done"]) == ("over", 100.0, 4)


async def test_pages_of_records_hold_each_once_in_the_order_of_the_dataset(
    reader: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    run = new_run()
    await ended(rows, home, run)

    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await reader.get(f"{PATH}/{run}/records", params={"limit": 2, **cursor})).json()
        found += page["records"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert [one["number"] for one in found] == [0, 1, 2, 3, 4]
    assert [(one["query"], one["candidate_id"], one["grade"]) for one in found] == [
        (one.query, one.candidate_id, one.grade) for one in RECORDS
    ]


@pytest.mark.parametrize(
    ("only", "numbers"),
    [
        pytest.param({"split": "test"}, [3, 4], id="split"),
        pytest.param({"label": "1"}, [0, 1, 3], id="label"),
        pytest.param({"cluster_id": "P1"}, [0, 1, 2], id="cluster"),
        pytest.param({"candidate_id": "add-3"}, [2, 3], id="candidate"),
        pytest.param({"candidate_id": "add-3", "label": "0", "split": "train"}, [2], id="all together"),
        pytest.param({"cluster_id": "nobody"}, [], id="none"),
    ],
)
async def test_records_are_found_by_what_they_say(
    reader: httpx.AsyncClient, rows: Rows, home: Home, only: dict[str, str], numbers: list[int]
) -> None:
    run = new_run()
    await ended(rows, home, run)

    found = (await reader.get(f"{PATH}/{run}/records", params=only)).json()

    assert [one["number"] for one in found["records"]] == numbers


@pytest.mark.parametrize(
    ("what", "query", "code"),
    [
        pytest.param("records", {"split": "validation"}, "invalid", id="no split of ours"),
        pytest.param("records", {"label": "2"}, "invalid", id="no label"),
        pytest.param("records", {"cluster": "P1"}, "invalid", id="no parameter of ours"),
        pytest.param("records", {"cursor": "abc"}, "cursor", id="no cursor of records"),
        pytest.param("results", {"cursor": "WzFd"}, "cursor", id="no cursor of results"),
    ],
)
async def test_a_question_that_makes_no_sense_is_not_valid(
    reader: httpx.AsyncClient, rows: Rows, what: str, query: dict[str, str], code: str
) -> None:
    run = new_run()
    await rows.seen(run, status="completed", kind="ranking_data")

    is_problem(await reader.get(f"{PATH}/{run}/{what}", params=query), 422, code)


async def test_the_dataset_is_downloaded_as_it_was_made(
    reader: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    run = new_run()
    await ended(rows, home, run)

    answer = await reader.get(f"{PATH}/{run}/dataset")

    assert (answer.status_code, answer.content) == (200, rendered(RECORDS))
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == f'attachment; filename="{run}.json"'


async def test_a_run_that_was_refused_has_results_and_no_records(
    reader: httpx.AsyncClient, rows: Rows
) -> None:
    run = new_run()
    await rows.seen(run, status="refused", kind="ranking_data")

    results = (await reader.get(f"{PATH}/{run}/results")).json()
    records = (await reader.get(f"{PATH}/{run}/records")).json()

    assert (results["status"], results["report"], results["clusters"]) == ("refused", None, [])
    assert records["records"] == []
    assert run in is_problem(await reader.get(f"{PATH}/{run}/dataset"), 404, "no_records")["detail"]


async def test_what_is_kept_no_more_is_gone(reader: httpx.AsyncClient, rows: Rows, home: Home) -> None:
    run = new_run()
    made = await ended(rows, home, run)
    store = open_objects(home.objects)
    assert isinstance(store, S3Objects)
    await store.remove(made.dataset.key)

    assert run in is_problem(await reader.get(f"{PATH}/{run}/dataset"), 404, "gone")["detail"]


async def test_a_run_is_cancelled_and_done_again(runner: httpx.AsyncClient, rows: Rows) -> None:
    run = new_run()
    await rows.seen(run, kind="ranking_data")
    await began(rows, run)

    cancel = await runner.post(f"{PATH}/{run}/cancel")
    state = (await runner.get(f"{PATH}/{run}/status")).json()["state"]
    await rows.seen(run, status="cancelled", kind="ranking_data")
    retry = await runner.post(f"{PATH}/{run}/retry")

    assert (cancel.json()["status"], state) == ("cancelling", "cancelling")
    assert (retry.json()["revision"], retry.json()["status"]) == (2, "started")
    assert [event["command"] for event in await rows.outbox(run)] == ["cancel", "retry"]


async def test_a_cluster_that_was_cancelled_says_so(reader: httpx.AsyncClient, rows: Rows) -> None:
    run = new_run()
    await began(rows, run)
    await rows.owner.execute("update ranker.member set state = 'cancelled' where run_id = $1", run)
    await rows.seen(run, status="cancelled", kind="ranking_data")

    clusters = (await reader.get(f"{PATH}/{run}/results")).json()["clusters"]

    assert [(one["cluster_id"], one["code"]) for one in clusters] == [
        ("P1", "cancelled"),
        ("P2", "cancelled"),
        ("P3", "cancelled"),
    ]


async def test_the_audit_trail_names_the_packages(admin: httpx.AsyncClient) -> None:
    await admin.post(f"{PATH}/start", json={"packages_run": "RUN_1", "existing": [RECORD]})

    [entry] = (await admin.get("/api/audit")).json()["entries"]
    assert (entry["action"], entry["kind"]) == ("start", "ranking_data")
    assert entry["detail"] == {"packages_run": "RUN_1", "existing": 1, "total": None}


async def test_nobody_sees_ranking_data_of_another_tenant(
    reader: httpx.AsyncClient, rows: Rows, home: Home
) -> None:
    run = new_run()
    await ended(Rows(rows.owner), home, run)

    for what in ("status", "results", "records", "dataset", "interactions", "events"):
        is_problem(await reader.get(f"{PATH}/{run}/{what}"), 404, "unknown_run")


async def test_the_same_request_starts_one_run(runner: httpx.AsyncClient) -> None:
    once = {"Idempotency-Key": "ranking-1"}
    bodies = ([PLATFORM, ADD_ON], [ADD_ON, PLATFORM])  # one graph

    answers = await asyncio.gather(
        *(runner.post(f"{PATH}/start", json={"graph": bodies[at % 2]}, headers=once) for at in range(6))
    )
    other = await runner.post(f"{PATH}/start", json={"graph": [OTHER]}, headers=once)

    assert {one.status_code for one in answers} == {202}
    assert len({one.json()["run_id"] for one in answers}) == 1
    is_problem(other, 422, "idempotency_key")


async def test_a_key_that_only_reads_starts_nothing(reader: httpx.AsyncClient) -> None:
    is_problem(await reader.post(f"{PATH}/start", json={}), 403, "scope")
