"""Server-sent events: progress until the end, going on where a client left off, a bounded number."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.api.world import Home, Rows, client, is_problem, new_run, serving
from tests.until import until


class Heard:
    """What a stream said, event by event."""

    def __init__(self, response: httpx.Response) -> None:
        self.lines: AsyncIterator[str] = response.aiter_lines()
        self.comments = 0

    async def event(self) -> dict[str, Any]:
        fields: dict[str, str] = {}
        async for line in self.lines:
            if not line:
                if "data" in fields:
                    return {"id": fields["id"], "event": fields["event"], **json.loads(fields["data"])}
                fields.clear()
            elif line.startswith(":"):
                self.comments += 1
            else:
                name, _, value = line.partition(": ")
                fields[name] = value
        return {"event": "closed"}


@pytest.mark.parametrize("kind", ["segmentation", "packages"])
async def test_a_run_is_followed_to_its_end(reader: httpx.AsyncClient, rows: Rows, kind: str) -> None:
    run = new_run()
    await rows.seen(run, kind=kind)

    async with reader.stream("GET", f"/api/{kind}/{run}/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        heard = Heard(response)
        first = await heard.event()
        await rows.seen(run, kind=kind, status="completed", counts={"placed": 4})
        last = await heard.event()
        closed = await heard.event()

    assert (first["event"], first["status"]) == ("progress", "running")
    assert (last["event"], last["status"], last["counts"]["placed"]) == ("end", "completed", 4)
    assert closed == {"event": "closed"}


async def test_a_client_that_comes_back_is_told_only_what_is_new(
    reader: httpx.AsyncClient, rows: Rows
) -> None:
    run, path = new_run(), "/api/segmentation/{}/events"
    await rows.seen(run)
    async with reader.stream("GET", path.format(run)) as response:
        first = await Heard(response).event()

    async with reader.stream("GET", path.format(run), headers={"Last-Event-ID": first["id"]}) as response:
        heard = Heard(response)
        await rows.seen(run, status="failed")
        second = await heard.event()
    ended = await reader.get(path.format(run), headers={"Last-Event-ID": second["id"]})

    assert (second["event"], second["status"]) == ("end", "failed")
    assert ended.status_code == 204


async def test_a_stream_with_nothing_to_tell_shows_that_it_lives(
    reader: httpx.AsyncClient, rows: Rows
) -> None:
    run = new_run()
    await rows.seen(run)
    async with reader.stream("GET", f"/api/segmentation/{run}/events") as response:
        heard = Heard(response)
        await heard.event()
        await asyncio.sleep(0.5)  # more than one heartbeat
        await rows.seen(run, status="completed")
        await heard.event()

    assert heard.comments >= 1


async def test_the_number_of_streams_is_bounded(home: Home, rows: Rows) -> None:
    run = new_run()
    await rows.seen(run)
    path = f"/api/segmentation/{run}/events"
    key = await rows.key("read")
    async with serving(home.settings(max_streams=1)) as address, client(address, key) as reader:
        async with reader.stream("GET", path) as response:
            heard = Heard(response)  # kept: when its reader is collected the stream is closed
            await heard.event()
            refused = await reader.get(path)

        async def again() -> bool:
            async with reader.stream("GET", path) as response:
                return response.status_code == 200

        await until(again, what="the place of a client that left is free again")

    is_problem(refused, 429, "streams")
    assert refused.headers["retry-after"]


async def test_a_server_that_stops_ends_its_streams(home: Home, rows: Rows) -> None:
    run = new_run()
    await rows.seen(run)
    key = await rows.key("read")
    async with client("", key) as reader:
        async with serving(home.settings()) as address:
            request = reader.build_request("GET", f"{address}/api/segmentation/{run}/events")
            response = await reader.send(request, stream=True)
            heard = Heard(response)
            await heard.event()
        assert (await heard.event())["event"] == "closed"
        await response.aclose()


async def test_a_run_that_nobody_knows_has_no_events(reader: httpx.AsyncClient) -> None:
    is_problem(await reader.get(f"/api/segmentation/{new_run()}/events"), 404, "unknown_run")
