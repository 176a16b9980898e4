"""An API on real servers, and rows of runs as the services write them."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import asyncpg
import httpx

from api import keys
from api.keys import Scope
from api.opening import MIGRATIONS
from api.serving import listen, serve
from api.settings import Settings
from contracts.bundles import Bundle, BundleItem, BundleScore
from contracts.registry import STAGES
from contracts.run_ids import run_id
from contracts.uploads import FileReport, UploadRead, UploadReceived
from local import Endpoints
from objects import ObjectSettings, open_objects, put_content
from runtime import RUNTIME_MIGRATIONS, RuntimeSettings, migrate
from tests.until import until

ROOT = Path(__file__).parents[2]
SPACE = UUID("44444444-4444-5444-8444-444444444444")
HOST = "127.0.0.1"

ITEM = """
insert into embedder.item (tenant, item_id, kind, withdrawn, name, content_sha256)
values ($1, $2, 'product', false, $2, '')
"""
SEEN = """
insert into ledger.run_seen (tenant, run_id, revision, kind, status, requested_at, items, counts,
    finished_at)
values ($1, $2, $3, $4, $5, now(), $6, $7::jsonb, case when $5::text is null then null else now() end)
on conflict (tenant, run_id, revision) do update
set status = excluded.status, counts = excluded.counts, finished_at = excluded.finished_at
"""
RUN = """
insert into segmenter.segmentation_runs (tenant, id, revision, created_at, phase, category, model_config,
    processing_params, total_products, frozen)
values ($1, $2, $3, now() - interval '1 minute', 'segmentation', 'Dimmer Switches', '{}', '{}', $4, '{}')
"""
STEP = """
insert into segmenter.step (tenant, run_id, revision, phase, number, state, input, products)
values ($1, $2, $3, 'segmentation', $4, $5, '{}', $6)
"""
TAXONOMY = """
insert into segmenter.product_taxonomies (tenant, run_id, revision, category_id, kind, category_name,
    definition, product_count)
values ($1, $2, $3, $4::text, $5, $4::text, 'What it holds', $6) returning id
"""
PRODUCT = """
insert into segmenter.product (tenant, upstream_id, is_number) values ($1, $2, $3) returning id
"""
SEGMENT = """
insert into segmenter.product_segments (tenant, run_id, revision, product_id, taxonomy_id, confidence)
values ($1, $2, $3, $4, $5, $6)
"""
REFINED = """
insert into segmenter.refined_product_segments (tenant, run_id, revision, product_id, taxonomy_id, confidence,
    moved)
values ($1, $2, $3, $4, $5, $6, true)
"""
STATE = """
insert into {stage}.run (tenant, run_id, revision, state) values ($1, $2, $3, $4)
on conflict (tenant, run_id, revision) do update set state = excluded.state
"""
INTERACTION = """
insert into llm.llm_interaction_index (run_id, interaction_type, batch_id, attempt, file_path, prompt_file,
    cache_key, tenant, revision, stage, entity, sample, model, sha256, bytes, prompt_tokens,
    cached_prompt_tokens, completion_tokens, cost_usd, cost_known, cached, status, duration_ms, started_at,
    call_id)
values ($1, 'segmentation', $2, 1, $3, 'extract_taxonomy.v1.md', 'c', $4, 1, 'segmenter', 'b0', 0, 'model-1',
    'abc', 10, 100, 0, 20, 0.25, true, false, 'answered', 1200, now(), gen_random_uuid())
"""
PACKAGE = """
insert into packager.package (tenant, run_id, revision, cluster_id, package_id, kind, package_name, deal_ids,
                              reasoning, model)
values ($1, $2, 1, $3, $4, $5, $6, $7, 'They match', 'model-1')
"""
LEFT_OUT = """
insert into packager.excluded_deal (tenant, run_id, revision, cluster_id, package_id, item_id, code, words)
values ($1, $2, 1, $3, $4, $5, 'safety_mismatch', 'too risky')
"""
ENRICHED = """
insert into enricher.enriched (tenant, run_id, revision, package_id, cluster_id, package_name, deal_ids,
                               reasoning, aggregates, advice, model)
values ($1, $2, 1, $3, $4, $5, $6, 'They match', '{}', '{"description": "For sports fans"}', 'model-1')
"""
BUNDLE_RUN = """
insert into bundler.bundle_run (tenant, run_id, revision, store, frozen, plan, as_of_ms, spent_ms, finished,
                                record, created_at, finished_at)
values ($1, $2, $3, $4, jsonb_build_object('bundles', jsonb_build_object('settings', $5::jsonb)), '{}',
        1750184520000, 10, $6::jsonb, $7::jsonb, clock_timestamp(),
        case when $6::jsonb is null then null else now() end)
"""
BUNDLE = """
insert into bundler.bundle (tenant, run_id, revision, rank, bundle_id, store, bundle, name, description)
values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, 'Bought together')
"""
UPLOAD = """
insert into bundler.upload (tenant, csv_upload_id, received, told, told_at)
values ($1, $2, $3::jsonb, $4::jsonb, case when $4::jsonb is null then null else now() end)
"""


def migrate_all(dsn: str) -> None:
    for stage in STAGES:
        migrate(dsn, stage, RUNTIME_MIGRATIONS, ROOT / "services" / stage / stage / "migrations")
    migrate(dsn, "llm", ROOT / "libs" / "llm" / "llm" / "migrations")
    migrate(dsn, "api", RUNTIME_MIGRATIONS, MIGRATIONS)


@dataclass(frozen=True, slots=True)
class Home:
    """A database with the tables of all services; tests have tenants of their own in it."""

    dsn: str
    read_dsn: str
    servers: Endpoints
    prefix: str

    @property
    def runtime(self) -> RuntimeSettings:
        return RuntimeSettings(
            kafka_servers=self.servers.kafka,
            kafka_prefix=self.prefix,
            kafka_partitions=2,
            postgres_dsn=self.dsn,
            idle_seconds=0.02,
            sweep_seconds=0.5,
            grace_seconds=3,
        )

    def settings(self, **changes: Any) -> Settings:
        given: dict[str, Any] = {
            "read_dsn": self.read_dsn,
            "events_seconds": 0.05,
            "heartbeat_seconds": 0.2,
            "runtime": self.runtime,
            "objects": self.objects,
        }
        return Settings(**(given | changes))

    @property
    def objects(self) -> ObjectSettings:
        environment = self.servers.environment()
        names = ("STORAGE_BACKEND", "S3_ENDPOINT", "S3_KEY", "S3_SECRET", "S3_BUCKET", "S3_REGION")
        return ObjectSettings.model_validate({name.lower(): environment[name] for name in names})

    @property
    def environment(self) -> dict[str, str]:
        return {
            **self.servers.environment(),
            "POSTGRES_DSN": self.dsn,
            "POSTGRES_READ_DSN": self.read_dsn,
            "KAFKA_PREFIX": self.prefix,
            "KAFKA_PARTITIONS": "2",
            "API_EVENTS_SECONDS": "0.05",
        }


@dataclass(slots=True)
class Rows:
    """The owner's hand on all tables, for one tenant."""

    owner: asyncpg.Connection
    tenant: str = field(default_factory=lambda: f"t{uuid4().hex[:10]}")

    async def key(self, *scopes: Scope, per_minute: int = 100_000, name: str = "tester") -> str:
        made = await keys.create(
            self.owner, tenant=self.tenant, name=name, scopes=scopes, per_minute=per_minute, created_by=""
        )
        return made.key

    async def products(self, *ids: str) -> None:
        for one in ids:
            await self.owner.execute(ITEM, self.tenant, one)

    async def seen(
        self,
        run: str,
        *,
        status: str | None = None,
        revision: int = 1,
        kind: str = "segmentation",
        items: int | None = 4,
        counts: Mapping[str, int] | None = None,
    ) -> None:
        told = json.dumps(dict(counts or {}))
        await self.owner.execute(SEEN, self.tenant, run, revision, kind, status, items, told)

    async def segmentation(self, run: str, *, status: str | None = "completed", revision: int = 1) -> None:
        """Four products in two segments, one of them moved; two batches, one done."""
        await self.seen(run, status=status, revision=revision, counts={"placed": 4, "segments": 2})
        key = (self.tenant, run, revision)
        await self.owner.execute(RUN, *key, 4)
        await self.owner.execute(STEP, *key, 0, "done", 2)
        await self.owner.execute(STEP, *key, 1, "open", 2)
        smart = await self.owner.fetchval(TAXONOMY, *key, "Smart", "category", 3)
        other = await self.owner.fetchval(TAXONOMY, *key, "Out of scope", "out_of_scope", 1)
        for at, (name, number) in enumerate(
            (("123", True), ("456", True), ("SKU-7", False), ("0789", False))
        ):
            product = await self.owner.fetchval(PRODUCT, self.tenant, name, number)
            await self.owner.execute(SEGMENT, *key, product, smart, 0.9)
            if at == 3:
                await self.owner.execute(REFINED, *key, product, other, 0.6)

    async def packages(self, run: str, *, status: str | None = "completed") -> None:
        """Two packages, one of them described, and an excluded deal."""
        await self.seen(run, status=status, kind="packages", items=7, counts={"placed": 6, "excluded": 1})
        cluster = uuid5(SPACE, "c")
        for at in range(2):
            found = uuid5(SPACE, f"p{at}")
            row = (f"Package {at}", [f"a.com/{at}{number}" for number in range(3)])
            await self.owner.execute(PACKAGE, self.tenant, run, cluster, found, "package", *row)
            if at == 0:
                await self.owner.execute(ENRICHED, self.tenant, run, found, cluster, *row)
        out = uuid5(SPACE, "x")
        await self.owner.execute(PACKAGE, self.tenant, run, cluster, out, "excluded", "Excluded deals", [])
        await self.owner.execute(LEFT_OUT, self.tenant, run, cluster, out, "a.com/left")

    async def bundles(
        self, run: str, *, status: str | None = "completed", revision: int = 1, describe: bool = False
    ) -> None:
        """Three bundles of store lisbon, or none yet."""
        counts = {"placed": 6, "excluded": 1, "bundles": 3}
        await self.seen(
            run, status=status, revision=revision, kind="bundles", items=7, counts=counts if status else None
        )
        over = json.dumps({"status": status}) if status else None
        record = json.dumps({"store": "lisbon", "policy_gates": {"no_margin": 2}}) if status else None
        settings = json.dumps({"describe": describe})
        key = (self.tenant, run, revision)
        await self.owner.execute(BUNDLE_RUN, *key, "lisbon", settings, over, record)
        for rank in range(1, 4 if status else 1):
            offer = bundle(rank)
            name = f"Bundle {rank}"
            body = offer.canonical().decode()
            await self.owner.execute(BUNDLE, *key, rank, offer.bundle_id, offer.store, body, name)

    async def upload(self, received: UploadReceived, read: UploadRead | None = None) -> None:
        told = read.canonical().decode() if read else None
        body = received.canonical().decode()
        await self.owner.execute(UPLOAD, self.tenant, received.csv_upload_id, body, told)

    async def state(self, stage: str, run: str, state: str, revision: int = 1) -> None:
        await self.owner.execute(STATE.format(stage=stage), self.tenant, run, revision, state)

    async def interaction(self, run: str, number: int) -> None:
        path = f"{self.tenant}/llm_logs/{run}/segmentation/{number}.json"
        await self.owner.execute(INTERACTION, run, number, path, self.tenant)

    async def outbox(self, run: str) -> list[dict[str, Any]]:
        """Events of the run, as they wait or were sent."""
        return await self.sent_under(f"{run}/%")

    async def sent_under(self, key: str) -> list[dict[str, Any]]:
        """Events whose key is like this one, within the tenant."""
        rows = await self.owner.fetch(
            "select topic, value, sent_at from outbox where convert_from(key, 'utf8') like $1 order by id",
            f"{self.tenant}/{key}",
        )
        return [{**json.loads(row["value"]), "topic": row["topic"], "sent": row["sent_at"]} for row in rows]

    async def sent(self, run: str, *, seconds: float = 20) -> None:
        async def there() -> bool:
            events = await self.outbox(run)
            return bool(events) and all(event["sent"] for event in events)

        await until(there, what=f"the events of {run} are sent", seconds=seconds)


def bundle(number: int) -> Bundle:
    items = tuple(BundleItem(product_id=f"P-{at}", name=f"Product {at}", price=10) for at in range(2))
    score = {"semantic": 0.5, "data": 0.8, "business": 0.4, "alpha": 0.2, "beta": 0.6, "gamma": 0.2}
    return Bundle(
        bundle_id=uuid5(SPACE, f"b{number}"),
        store="lisbon",
        kind="FBT",
        objective="increase_aov",
        method="association_rules",
        items=items,
        currency="EUR",
        full_price=20,
        price=19,
        discount=0.05,
        score=BundleScore(**score, hybrid=0.67, mmr=0.61),
    )


async def uploaded(rows: Rows, home: Home, *, store: str = "lisbon", **read: Any) -> str:
    """An upload that was read: products 4711 and B07, and a row that was rejected."""
    objects, name = open_objects(home.objects), uuid4()
    lines = b'{"product_id": 4711, "name": "Plate"}\n{"product_id": "B07", "name": "Dimmer"}\n'
    kept = await put_content(objects, f"{rows.tenant}/bodies", lines, count=2)
    rows_lost = await put_content(objects, f"{rows.tenant}/uploads", b"line,code\n", count=1, suffix=".csv")
    report = FileReport(rows=3, kept=2, rejected=1, codes={"number": 1}, rejected_rows=rows_lost)
    about: dict[str, Any] = {"tenant": rows.tenant, "csv_upload_id": name, "store": store}
    told = UploadRead.model_validate(about | {"products": kept, "product_report": report} | read)
    await rows.upload(UploadReceived.model_validate(about | {"products": kept}), told)
    return str(name)


def new_run() -> str:
    from datetime import UTC, datetime  # noqa: PLC0415

    return run_id(datetime.now(UTC), uuid4().hex[:8])


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[str]:
    """The API in this process; yields its address."""
    listener = listen(HOST, 0)
    stop = asyncio.Event()
    running = asyncio.create_task(serve(settings, listener, stop))
    try:
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        stop.set()
        await asyncio.wait_for(running, 30)


@asynccontextmanager
async def client(address: str, key: str | None) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30, trust_env=False) as found:
        yield found


def is_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The body of a problem, which has every part."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["type"] == f"urn:assort:problem:{code}"
    assert body["status"] == status
    assert body["instance"] == response.request.url.path
    assert body["title"]
    assert body["detail"]
    return body


def ids(count: int) -> Sequence[str]:
    return [str(number) for number in range(1, count + 1)]
