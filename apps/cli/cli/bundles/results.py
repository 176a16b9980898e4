"""What a run of bundles came to, read from the views."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cli.connections import Connection
from cli.reading import RunRow
from contracts.bundles import Bundle

RUN = """
select store, brief, plan, record, as_of from read.bundle_runs_v1
where tenant = $1 and run_id = $2 and revision = $3
"""

BUNDLES = """
select rank, name, description, named_by, bundle from read.bundles_v1
where tenant = $1 and run_id = $2 and revision = $3 order by rank
"""


@dataclass(frozen=True, slots=True)
class BundleRow:
    rank: int
    name: str
    description: str
    named_by: str
    bundle: Bundle

    @property
    def bundle_id(self) -> str:
        return str(self.bundle.bundle_id)


@dataclass(frozen=True, slots=True)
class BundleResult:
    """None of the record: the run is not over, or never came to bundles."""

    store: str
    brief: dict[str, Any]
    plan: dict[str, Any]
    record: dict[str, Any] | None
    as_of: datetime | None
    bundles: tuple[BundleRow, ...]


async def result_of(views: Connection, run: RunRow) -> BundleResult | None:
    """None: the bundler has not heard of the run yet."""
    key = (run.tenant, run.run_id, run.revision)
    row = await views.fetchrow(RUN, *key)
    return None if row is None else BundleResult(**dict(row), bundles=await bundles_of(views, *key))


async def bundles_of(views: Connection, tenant: str, run_id: str, revision: int) -> tuple[BundleRow, ...]:
    rows = await views.fetch(BUNDLES, tenant, run_id, revision)
    return tuple(
        BundleRow(
            rank=row["rank"],
            name=row["name"],
            description=row["description"],
            named_by=row["named_by"],
            bundle=Bundle.model_validate(row["bundle"], strict=False),
        )
        for row in rows
    )
