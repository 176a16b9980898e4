"""A probe worker: `python -m tests.faults.probe_worker`. A number says how many ms its call takes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from runtime import Resources, RuntimeSettings, Stage, serve
from runtime.logs import logger
from tests.faults.probing import MIGRATIONS
from tests.runtime.probe import NumberDrawn, build

log = logger(__name__)


async def double(event: NumberDrawn) -> int:
    log.info("Doubling", action="doubling", name=event.name)
    await asyncio.sleep(event.number / 1000)
    return event.number * 2


@asynccontextmanager
async def assemble(_: Resources) -> AsyncIterator[Stage]:
    yield build(RuntimeSettings(), double)


if __name__ == "__main__":
    serve("probe", RuntimeSettings(), assemble, migrations=MIGRATIONS)
