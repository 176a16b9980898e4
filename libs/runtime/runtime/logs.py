"""JSON logs: prose for people, a stable `action` for machines, and whose work it was."""

import logging
import sys
import time
from collections import Counter
from typing import TextIO

import structlog

from runtime.trace import trace_id
from runtime.work import RunKey

Logger = structlog.stdlib.BoundLogger


LINES_A_SECOND = 200
CHATTY = "aiokafka"  # while a broker is away it writes thousands; ten a second say as much
CHATTY_LINES_A_SECOND = 10


class Throttle(logging.Filter):
    """Counts each logger for itself, so that a chatty one silences nobody else."""

    def __init__(self) -> None:
        super().__init__()
        self.second = 0
        self.lines = Counter[str]()

    def filter(self, record: logging.LogRecord) -> bool:
        now = int(time.monotonic())
        if now != self.second:
            self.second = now
            self.lines.clear()
        self.lines[record.name] += 1
        limit = CHATTY_LINES_A_SECOND if record.name.startswith(CHATTY) else LINES_A_SECOND
        return self.lines[record.name] <= limit


def configure_logs(stage: str, level: str = "INFO", stream: TextIO = sys.stderr) -> None:
    """Call once, in `__main__`."""
    shared: list[structlog.types.Processor] = [
        _of(stage),
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.EventRenamer("message"),
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("aiokafka", "runtime.faststream", "httpx", "httpx2", "openai", "botocore", "boto3", "yoyo"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    handler.addFilter(Throttle())


def _of(stage: str) -> structlog.types.Processor:
    """Threads of libraries do not inherit context variables, so the stage is none."""

    def add(_: object, __: str, line: structlog.types.EventDict) -> structlog.types.EventDict:
        return {"stage": stage, **line}

    return add


def logger(name: str) -> Logger:
    log: Logger = structlog.stdlib.get_logger(name)
    return log


def work_context(run: RunKey, event_id: object, traceparent: str) -> dict[str, object]:
    """What every line about a piece of work carries."""
    return {
        "tenant": run.tenant,
        "run": run.run_id,
        "revision": run.revision,
        "event_id": str(event_id),  # `event` is what structlog calls the message
        "trace": trace_id(traceparent),
    }
