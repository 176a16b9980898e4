"""Processes of the API: keys from the command line, servers that are away, a contract that holds."""

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis.strategies import sampled_from
from schemathesis.specs.openapi.checks import positive_data_acceptance

import api.__main__ as program
from api.keys import Scope
from api.opening import MIGRATIONS
from runtime import RUNTIME_MIGRATIONS, migrate
from tests.api.processes import line_to, process
from tests.api.world import Home, Rows, bundle, client, is_problem, new_run, serving, uploaded
from tests.until import until

BOUNDED = settings(
    max_examples=12,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
START = "/api/segmentation/start"
BODY: dict[str, Any] = {"product_ids": [1, 2], "category": "Dimmers"}


def environment(home: Home, **changes: str) -> dict[str, str]:
    return {**os.environ, **home.environment, **changes}


async def test_two_processes_share_keys_answers_and_limits(home: Home, rows: Rows) -> None:
    await rows.products("1", "2")
    key, slow = await rows.key("run"), await rows.key("read", per_minute=6)
    once = {"Idempotency-Key": "over-two"}
    async with process(environment(home)) as first, process(environment(home)) as second:
        async with client(first, key) as a, client(second, key) as b:
            answers = await asyncio.gather(
                *(each.post(START, json=BODY, headers=once) for each in (a, b) * 5)
            )
            run = answers[0].json()["run_id"]
            seen = await b.get(f"/api/segmentation/{run}/status")
            await rows.sent(run)
        async with client(first, slow) as a, client(second, slow) as b:
            limited = await asyncio.gather(
                *(each.get("/api/segmentation") for each in (a, b) for _ in range(10))
            )

    assert {(one.status_code, one.json()["run_id"]) for one in answers} == {(202, run)}
    assert seen.json()["status"] == "started"
    assert len(await rows.outbox(run)) == 1
    assert sum(one.status_code == 200 for one in limited) in (6, 7)


async def test_while_kafka_is_away_requests_are_taken_and_sent_later(home: Home, rows: Rows) -> None:
    await rows.products("1", "2")
    gone = home.runtime.model_copy(update={"kafka_servers": "127.0.0.1:9"})
    async with (
        serving(home.settings(runtime=gone)) as address,
        client(address, await rows.key("run")) as asking,
    ):
        answer = await asking.post(START, json=BODY)
        ready = await asking.get("/readyz")
    run = answer.json()["run_id"]
    waiting = await rows.outbox(run)
    async with serving(home.settings()):
        await rows.sent(run)

    assert answer.status_code == 202
    assert ready.json()["kafka"] is False
    assert [event["sent"] for event in waiting] == [None]


async def test_while_postgres_is_away_the_answer_says_so(home: Home, rows: Rows) -> None:
    key = await rows.key("run")
    await rows.products("1", "2")
    async with line_to(home.dsn) as (own, dsn), line_to(home.read_dsn) as (views, read_dsn):
        runtime = home.runtime.model_copy(update={"postgres_dsn": dsn})
        through = home.settings(runtime=runtime, read_dsn=read_dsn)
        async with serving(through) as address, client(address, key) as asking:
            assert (await asking.get("/api/segmentation")).status_code == 200
            views.break_off()
            unread = await asking.get("/api/segmentation")
            own.break_off()
            away = await asking.post(START, json=BODY)
            unready = await asking.get("/readyz")
            own.mend()
            views.mend()

            async def back() -> bool:
                return (await asking.post(START, json=BODY)).status_code == 202

            await until(back, what="the API goes on when Postgres is back")

    for answer in (unread, away):
        is_problem(answer, 503, "unavailable")
        assert answer.headers["retry-after"]
    assert (unready.status_code, unready.json()["waits_for"]) == (503, ["postgres", "views"])


async def test_a_service_that_was_never_started_is_named_as_the_reason(database: str, home: Home) -> None:
    await asyncio.to_thread(migrate, database, "api", RUNTIME_MIGRATIONS, MIGRATIONS)
    owner = await asyncpg.connect(database, server_settings={"search_path": "api"})
    key = await Rows(owner).key("read")
    await owner.close()
    runtime = home.runtime.model_copy(update={"postgres_dsn": database})
    through = home.settings(runtime=runtime, read_dsn=database)
    async with serving(through) as address, client(address, key) as asking:
        problem = is_problem(await asking.get("/api/segmentation"), 503, "unavailable")

    assert "start all services" in problem["detail"]


async def test_the_first_key_comes_from_the_command_line(home: Home, address: str, rows: Rows) -> None:
    command = [sys.executable, "-m", "api", "keys", "create", "--scopes", "admin", "--name", "ops"]
    made = await asyncio.to_thread(
        subprocess.run,
        [*command, "--tenant", rows.tenant],
        env=environment(home),
        capture_output=True,
        text=True,
        check=True,
    )
    async with client(address, json.loads(made.stdout)["key"]) as admin:
        trail = (await admin.get("/api/audit")).json()["entries"]

    assert [(one["action"], one["key_name"]) for one in trail] == [("key.create", "command line")]


@dataclass(frozen=True)
class Filled:
    """Runs that are over and open, an upload that was read, a bundle, and a key for each scope."""

    runs: tuple[str, ...]
    upload: str
    keys: dict[Scope, str]

    def known(self, parameter: str, run: str) -> str | None:
        """A value that leads somewhere."""
        found = {"run_id": run, "csv_upload_id": self.upload, "bundle_id": str(bundle(1).bundle_id)}
        return found.get(parameter)


@pytest.fixture
async def filled(rows: Rows, home: Home) -> Filled:
    over, packed, bundled, going = (new_run() for _ in range(4))
    await rows.segmentation(over)
    await rows.packages(packed)
    await rows.bundles(bundled)
    await rows.seen(going)
    await rows.interaction(over, 1)
    await rows.products("1", "2", "123")
    scopes: tuple[Scope, ...] = ("read", "run", "admin")
    upload = await uploaded(rows, home)
    return Filled((over, packed, bundled, going), upload, {scope: await rows.key(scope) for scope in scopes})


@pytest.mark.parametrize("scope", ["read", "run", "admin"])
async def test_no_request_gets_a_server_error_or_an_answer_that_is_not_documented(
    home: Home, filled: Filled, scope: Scope
) -> None:
    async with process(environment(home)) as address:
        await asyncio.to_thread(_hold_to_its_word, address, filled.keys[scope], filled)


def _hold_to_its_word(address: str, key: str, filled: Filled) -> None:
    """schemathesis, on every operation, with all its checks but one.

    What is valid by its schema may still name products that nobody has published, or a cursor of nobody.
    """
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    tried = Counter[int]()
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr] # an Err would have no operation

        def hold(case: Any, named: str | None) -> None:
            for parameter in case.path_parameters or {} if named else {}:
                found = filled.known(parameter, named or "")
                case.path_parameters[parameter] = found or case.path_parameters[parameter]
            if case.path.endswith("/events"):  # a run that is open would be followed for ever
                assume(named != filled.runs[-1])
            response = case.call_and_validate(
                headers={"Authorization": f"Bearer {key}"},
                timeout=20,
                excluded_checks=[positive_data_acceptance],
            )
            tried[response.status_code] += 1

        search = given(case=operation.as_strategy(), named=sampled_from((None, *filled.runs)))
        BOUNDED(seed(7)(search(hold)))()
    assert {200, 404, 422} <= set(tried), tried


async def test_both_commands_are_known() -> None:
    asked = program.parser().parse_args(["keys", "create", "--scopes", "run", "read", "--name", "x"])

    assert (asked.command, asked.scopes, asked.tenant) == ("keys", ["run", "read"], "main")
    with pytest.raises(SystemExit):
        program.parser().parse_args(["keys", "create", "--scopes", "everything", "--name", "x"])


async def test_the_process_answers(home: Home) -> None:
    async with process(environment(home)) as address, httpx.AsyncClient(trust_env=False) as nobody:
        assert (await nobody.get(f"{address}/healthz")).status_code == 200
