"""What a process of the API holds open, from start to stop."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import psycopg

from api.settings import Settings
from api.telemetry import Measures
from contracts import Event
from contracts.bundles import BundleAdded, BundlePurchased, BundlesRequested, BundleViewed
from contracts.deals import PackagesRequested
from contracts.products import SegmentationRequested
from contracts.ranking_data import RankingDataRequested
from contracts.runs import RunCommanded
from contracts.uploads import UploadReceived
from objects import ObjectStore, open_objects
from runtime import RUNTIME_MIGRATIONS, RuntimeSettings, migrate
from runtime.delivery import Delivery
from runtime.logs import logger
from runtime.telemetry import Telemetry
from runtime.world import words_of

SCHEMA = "api"
MIGRATIONS = Path(__file__).parent / "migrations"
EVENTS: tuple[type[Event], ...] = (
    PackagesRequested,
    SegmentationRequested,
    BundlesRequested,
    RankingDataRequested,
    RunCommanded,
    UploadReceived,
    BundleViewed,
    BundleAdded,
    BundlePurchased,
)
CONNECT_SECONDS = 5
UPLOADS_AT_ONCE = 2  # each lies in memory whole

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Resources:
    settings: Settings
    own: asyncpg.Pool  # schema `api`
    views: asyncpg.Pool  # schema `read`, read-only
    store: ObjectStore
    delivery: Delivery
    measures: Measures
    closing: asyncio.Event = field(default_factory=asyncio.Event)  # streams end
    files_turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(UPLOADS_AT_ONCE))


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[Resources]:
    telemetry = Telemetry(SCHEMA)
    async with _pool(settings.runtime) as own, _views(settings) as views:
        yield Resources(
            settings=settings,
            own=own,
            views=views,
            store=open_objects(settings.objects),
            delivery=Delivery(SCHEMA, settings.runtime, EVENTS, telemetry),
            measures=Measures(telemetry.registry),
        )


async def migrated(settings: RuntimeSettings) -> None:
    """Waits for Postgres."""
    while True:
        try:
            await asyncio.to_thread(migrate, settings.postgres_dsn, SCHEMA, RUNTIME_MIGRATIONS, MIGRATIONS)
        except psycopg.OperationalError as error:
            log.warning("Waiting for Postgres", action="start_waits", error=words_of(error))
            await asyncio.sleep(1)
        else:
            return


@asynccontextmanager
async def _pool(settings: RuntimeSettings) -> AsyncIterator[asyncpg.Pool]:
    pool = await asyncpg.create_pool(
        settings.postgres_dsn,
        min_size=0,  # a server that is away is no reason not to start
        max_size=settings.postgres_connections,
        timeout=CONNECT_SECONDS,
        command_timeout=30,
        server_settings={"search_path": SCHEMA, "idle_in_transaction_session_timeout": "15000"},
    )
    try:
        yield pool
    finally:
        pool.terminate()


@asynccontextmanager
async def _views(settings: Settings) -> AsyncIterator[asyncpg.Pool]:
    pool = await asyncpg.create_pool(
        settings.views_dsn,
        min_size=0,  # a server that is away is no reason not to start
        max_size=settings.read_connections,
        timeout=CONNECT_SECONDS,
        command_timeout=30,
        init=_reads_json,
        server_settings={"search_path": "read", "default_transaction_read_only": "on"},
    )
    try:
        yield pool
    finally:
        pool.terminate()


async def _reads_json(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog", format="text"
    )
