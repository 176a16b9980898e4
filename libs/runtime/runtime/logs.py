"""JSON logs: prose for people, a stable `action` for machines, and whose work it was."""

import logging
import sys
import time
from typing import TextIO

import structlog

from runtime.trace import trace_id
from runtime.work import RunKey

Logger = structlog.stdlib.BoundLogger


class Throttle(logging.Filter):
    """A broker that is away makes client libraries write thousands of lines; ten a second say as much."""

    def __init__(self, per_second: int = 10) -> None:
        super().__init__()
        self.per_second = per_second
        self.second = 0
        self.lines = 0

    def filter(self, record: logging.LogRecord) -> bool:
        now = int(time.monotonic())
        if now != self.second:
            self.second, self.lines = now, 0
        self.lines += 1
        return self.lines <= self.per_second


def configure_logs(stage: str, level: str = "INFO", stream: TextIO = sys.stderr) -> None:
    """Call once, in `__main__`."""
    shared: list[structlog.types.Processor] = [
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
    handler.addFilter(Throttle(200))
    for library in ("aiokafka.consumer.group_coordinator", "aiokafka.conn", "aiokafka.cluster", "aiokafka"):
        logging.getLogger(library).addFilter(Throttle())
    structlog.contextvars.bind_contextvars(stage=stage)


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
