"""Bodies, limits, other people's pages, health and metrics."""

from collections.abc import AsyncIterator

import httpx
import pytest
from structlog.testing import capture_logs

from tests.api.world import Home, Rows, client, is_problem, new_run, serving

START = "/api/segmentation/start"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="cut short"),
        pytest.param(b'{"category": "a", "category": "b"}', id="a name twice"),
        pytest.param(b'{"temperature": NaN}', id="no number"),
        pytest.param(b'{"category": "\xff"}', id="no UTF-8"),
        pytest.param(b"[" * 100_000, id="bottomless"),
    ],
)
async def test_what_is_no_json_is_a_bad_request(runner: httpx.AsyncClient, body: bytes) -> None:
    is_problem(await runner.post(START, content=body, headers=JSON), 400, "json")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        pytest.param(b'{"product_ids": [1]}', "body.category", id="a field is missing"),
        pytest.param(b'{"product_ids": [], "category": "a"}', "body.product_ids", id="no products"),
        pytest.param(b'{"product_ids": [1.5], "category": "a"}', "body.product_ids", id="no id"),
        pytest.param(
            b'{"product_ids": [1], "category": "a", "modell": "x"}', "body.modell", id="no field of ours"
        ),
        pytest.param(
            b'{"product_ids": [1], "category": "a", "temperature": 9}', "body.temperature", id="too hot"
        ),
        pytest.param(b"7", "body", id="no object"),
    ],
)
async def test_what_is_not_valid_is_named(runner: httpx.AsyncClient, body: bytes, named: str) -> None:
    problem = is_problem(await runner.post(START, content=body, headers=JSON), 422, "invalid")

    assert any(error.startswith(named) for error in problem["errors"]), problem["errors"]


async def test_a_text_that_no_database_holds_is_not_valid(runner: httpx.AsyncClient) -> None:
    body = b'{"product_ids": [1], "category": "a\\u0000b"}'

    is_problem(await runner.post(START, content=body, headers=JSON), 422, "invalid")


async def test_a_parameter_that_is_not_known_is_not_valid(reader: httpx.AsyncClient) -> None:
    problem = is_problem(await reader.get("/api/segmentation", params={"limitt": 3}), 422, "invalid")

    assert "limit" in problem["detail"]
    run = new_run()
    is_problem(await reader.get(f"/api/segmentation/{run}/events", params={"a": 1}), 422, "invalid")


@pytest.mark.parametrize("cursor", ["abc", "W10", "WyJcdTAwMDAiXQ", "eyJhIjoxfQ"])
@pytest.mark.parametrize(
    "path",
    ["segmentation", "bundles", "packages/{}/results", "segmentation/{}/results", "bundles/{}/results"],
)
async def test_a_cursor_that_is_none_of_ours_is_not_valid(
    reader: httpx.AsyncClient, rows: Rows, path: str, cursor: str
) -> None:
    run = new_run()
    await rows.seen(run, status="completed", kind=path.partition("/")[0])

    is_problem(await reader.get(f"/api/{path.format(run)}", params={"cursor": cursor}), 422, "cursor")


async def test_a_body_that_is_too_large_is_refused_with_or_without_its_length(home: Home, rows: Rows) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b" " * 512

    key = await rows.key("run")
    async with serving(home.settings(max_body_bytes=1024)) as address, client(address, key) as runner:
        told = await runner.post(START, content=b" " * 2000, headers=JSON)
        untold = await runner.post(START, content=pieces(), headers=JSON)

    is_problem(told, 413, "too_large")
    is_problem(untold, 413, "too_large")


async def test_paths_and_methods_that_there_are_not(reader: httpx.AsyncClient) -> None:
    is_problem(await reader.get("/api/nothing"), 404, "no_route")
    answer = await reader.put("/api/segmentation")
    is_problem(answer, 405, "no_method")
    assert "GET" in answer.headers["allow"]


async def test_a_bug_is_told_without_its_stack(
    home: Home, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise KeyError("secret")

    monkeypatch.setattr("api.runs.listed", broken)
    async with serving(home.settings()) as address, client(address, await rows.key("read")) as reader:
        with capture_logs() as logs:
            problem = is_problem(await reader.get("/api/segmentation"), 500, "broken")

    assert [line["action"] for line in logs if line["log_level"] == "error"] == ["request_broke"]
    assert "secret" not in str(problem)


async def test_other_peoples_pages_may_ask_only_if_they_are_named(home: Home, rows: Rows) -> None:
    origin = {"Origin": "https://example.com", "Access-Control-Request-Method": "GET"}
    key = await rows.key("read")
    async with serving(home.settings()) as address, client(address, key) as reader:
        closed = await reader.options("/api/segmentation", headers=origin)
    settings = home.settings(cors_origins=("https://example.com",))
    async with serving(settings) as address, client(address, key) as reader:
        opened = await reader.options("/api/segmentation", headers=origin)
        shown = await reader.get("/api/segmentation", headers=origin)

    assert "access-control-allow-origin" not in closed.headers
    assert opened.headers["access-control-allow-origin"] == "https://example.com"
    assert shown.headers["access-control-allow-origin"] == "https://example.com"


async def test_health_and_metrics_need_no_key(reader: httpx.AsyncClient, address: str) -> None:
    await reader.get("/api/segmentation")
    async with client(address, None) as nobody:
        live, ready = await nobody.get("/healthz"), await nobody.get("/readyz")
        metrics = (await nobody.get("/metrics")).text

    assert live.json() == {"live": True}
    assert (ready.status_code, ready.json()["waits_for"]) == (200, [])
    assert 'assort_api_requests_total{method="GET",route="/api/segmentation",status="200"} 1.0' in metrics
    assert "assort_api_request_seconds_bucket" in metrics
    assert "assort_api_streams 0.0" in metrics


async def test_the_document_loads_nothing_and_has_an_example_for_everything(address: str) -> None:
    async with client(address, None) as nobody:
        made = (await nobody.get("/openapi.json")).json()
        for page in ("/docs", "/redoc"):
            is_problem(await nobody.get(page), 404, "no_route")

    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            contents = [content for body in bodies for content in body.get("content", {}).values()]
            assert all("example" in content for content in contents), (path, method)
            assert {"401", "403", "422", "429", "503"} <= set(operation["responses"])
