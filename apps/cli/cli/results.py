"""The result of one revision of a run, to be compared with another."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from cli.bundles.results import bundles_of
from cli.connections import Connection
from cli.domain.comparing import Pack
from cli.errors import CliError
from cli.ranking.results import packs_of
from cli.reading import resolve
from cli.segments.results import segments_of
from contracts.bundling import BundleSettings
from contracts.ranking import RankingSettings
from contracts.segmentation import SegmentationSettings
from contracts.settings import PackageSettings

# As a document: columns that a newer ledger adds are there without being named.
RUN = """
select to_jsonb(r) as run from read.runs_v1 r
where tenant = $1 and run_id = $2 and ($3::int is null or revision = $3) order by revision desc limit 1
"""

MODEL = "select model from read.frozen_v1 where tenant = $1 and run_id = $2 and revision = $3"

PACKS = """
select distinct on (p.package_id) p.package_id::text, p.package_name, p.deal_ids from read.packages_v1 p
join read.enricher_members_v1 m
  on (m.tenant, m.run_id, m.revision, m.member_id) = ($1, $2, $3, p.package_id::text)
where p.tenant = $1 and p.run_id = $2 and p.revision <= $3 and p.kind = 'package'
order by p.package_id, p.revision desc
"""


@dataclass(frozen=True, slots=True)
class Result:
    kind: str
    run_id: str
    revision: int
    status: str
    settings: dict[str, Any]
    counts: dict[str, Any]
    cost: dict[str, Any]
    quality: dict[str, Any]
    model: str  # of the vectors
    packs: tuple[Pack, ...]

    @property
    def name(self) -> str:
        return f"{self.run_id}@{self.revision}"


async def result_of(views: Connection, tenant: str, given: str) -> Result:
    """RUN, or RUN@2 for its second revision. It must be over: what is open cannot be compared."""
    name, at, number = given.partition("@")
    if at and not number.isdecimal():
        raise CliError(f"{given}: write the revision as a number, like {name}@1")
    run_id = await resolve(views, tenant, name)
    found = await views.fetchval(RUN, tenant, run_id, int(number) if at else None)
    if found is None:
        raise CliError(f"no run {given} is known: `assort runs` lists them with their revisions")
    if found["status"] is None:
        raise CliError(f"{run_id} is not over: `assort watch {run_id}` follows it; `{run_id}@1` is its first")
    revision = found["revision"]
    kind = found["kind"] or "packages"
    read, told = KINDS[kind]
    packs = await read(views, tenant, run_id, revision)
    settings = told.model_validate(found["settings"] or {}, extra="ignore")
    return Result(
        kind=kind,
        run_id=run_id,
        revision=revision,
        status=found["status"],
        settings=settings.model_dump(mode="json"),
        counts=found["counts"] or {},
        cost=found["cost"] or {},
        quality=found.get("quality") or {},
        model=await views.fetchval(MODEL, tenant, run_id, revision) or "",
        packs=tuple(sorted(packs, key=lambda pack: (-len(pack.members), pack.name, pack.package_id))),
    )


async def _packages(views: Connection, tenant: str, run_id: str, revision: int) -> list[Pack]:
    rows = await views.fetch(PACKS, tenant, run_id, revision)
    return [Pack(row["package_id"], row["package_name"], frozenset(row["deal_ids"])) for row in rows]


async def _segments(views: Connection, tenant: str, run_id: str, revision: int) -> list[Pack]:
    found = await segments_of(views, tenant, run_id, revision)
    return [Pack(one.segment_id, one.name, frozenset(one.product_ids)) for one in found if one.segment_id]


async def _bundles(views: Connection, tenant: str, run_id: str, revision: int) -> list[Pack]:
    found = await bundles_of(views, tenant, run_id, revision)
    return [
        Pack(one.bundle_id, one.name, frozenset(item.product_id for item in one.bundle.items))
        for one in found
    ]


KINDS: Mapping[str, tuple[Callable[..., Awaitable[list[Pack]]], type[BaseModel]]] = {
    "packages": (_packages, PackageSettings),
    "segmentation": (_segments, SegmentationSettings),
    "bundles": (_bundles, BundleSettings),
    "ranking_data": (packs_of, RankingSettings),
}
