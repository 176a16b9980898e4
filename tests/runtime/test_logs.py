"""What a worker writes: JSON, whose work it was, and not too much of it."""

import io
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
import structlog

from runtime.logs import CHATTY_LINES_A_SECOND, configure_logs, logger, work_context
from runtime.work import RunKey

EVENT = UUID("6f1c3a52-9d0e-5b7a-8f4e-2a5d1c7b9e60")
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    stream = io.StringIO()
    configure_logs("packager", "INFO", stream)
    yield stream
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_line_about_work_says_whose_it_is(written: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(**work_context(RunKey("main", "RUN_1", 2), EVENT, TRACE)):
        logger("runtime.dispatch").info("Parked", action="work_parked")
    [line] = lines(written)
    assert line.pop("at").endswith("Z")
    assert line == {
        "stage": "packager",
        "tenant": "main",
        "run": "RUN_1",
        "revision": 2,
        "event_id": str(EVENT),
        "trace": "0af7651916cd43dd8448eb211c80319c",
        "logger": "runtime.dispatch",
        "level": "info",
        "message": "Parked",
        "action": "work_parked",
    }


def test_a_library_in_a_thread_of_its_own_writes_the_stage_too(written: io.StringIO) -> None:
    with ThreadPoolExecutor(1) as threads:
        threads.submit(logging.getLogger("urllib3").warning, "a connection broke").result()
    [line] = lines(written)
    assert (line["stage"], line["message"]) == ("packager", "a connection broke")


def test_a_chatty_library_is_cut_short_and_silences_nobody_else(written: io.StringIO) -> None:
    for number in range(1000):
        logging.getLogger("aiokafka.conn").warning("no broker %d", number)
    logger("runtime.worker").critical("A loop broke", action="loop_broke")
    told = [line["message"] for line in lines(written)]
    assert told[-1] == "A loop broke"
    assert (
        CHATTY_LINES_A_SECOND <= len(told) - 1 <= 10 * CHATTY_LINES_A_SECOND
    )  # seconds may change meanwhile
