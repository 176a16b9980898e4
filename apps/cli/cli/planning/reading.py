"""What a forecast reads: deals and vectors as they now are, and how earlier runs went."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from asyncpg import Record

from cli.connections import Connection
from cli.planning.forecast import PRIOR_PACKAGES, PRIOR_SECONDS, Habit, History, Line
from cli.planning.priors import PRIORS
from cli.planning.shapes import Vectors

OFFERED = """
select item_id from read.items_v1
where tenant = $1 and kind = 'deal' and not withdrawn and ($2::text[] is null or item_id = any($2))
"""

# The model that has most of the deals: the one that services use, unless they have just been told of another.
MODEL = """
select model from read.embedder_vectors_v1
where tenant = $1 and ($2::text is null or split_part(model, '@', 1) = $2)
group by model order by count(*) desc, model limit 1
"""

VECTORS = """
select item_id, vector from read.embedder_vectors_v1
where tenant = $1 and model = $2 and ($3::text[] is null or item_id = any($3))
"""

PACKAGES = """
select sum((counts->>'packages')::bigint)::float8 as packages,
       sum((counts->>'clusters')::bigint)::float8 as clusters, count(*) as runs
from (
    select counts from read.runs_v1 where tenant = $1 and status = 'completed'
      and coalesce(kind, 'packages') = 'packages' and (counts->>'clusters')::bigint > 0
    order by finished_at desc limit 20
) finished
"""

# First questions alone make the lines: a repair repeats what was said before.
CALLS = """
with asked as (
    select i.* from read.llm_interactions_v1 i
    where i.tenant = $1 and i.stage = any('{packager,enricher}')
      and i.call_id is not null and i.status <> 'failed'
    order by i.id desc limit 5000
), sized as (
    select a.*, case a.stage
        when 'packager' then (select max(c.deals) from read.clusters_v1 c
            where (c.tenant, c.run_id) = (a.tenant, a.run_id) and c.cluster_id::text = a.entity)
        else (select max(cardinality(p.deal_ids)) from read.packages_v1 p
            where (p.tenant, p.run_id) = (a.tenant, a.run_id) and p.package_id::text = a.entity)
    end as deals from asked a
)
select stage, model, count(*) as calls, max(id) as newest,
       count(*)::float8 / greatest(count(*) filter (where attempt = 1), 1) - 1 as repairs,
       avg(duration_ms)::float8 / 1000 as seconds,
       regr_slope(prompt_tokens, deals) filter (where attempt = 1) as prompt_each,
       regr_intercept(prompt_tokens, deals) filter (where attempt = 1) as prompt_base,
       regr_slope(completion_tokens, deals) filter (where attempt = 1) as completion_each,
       regr_intercept(completion_tokens, deals) filter (where attempt = 1) as completion_base,
       avg(prompt_tokens)::float8 as prompt_mean, avg(completion_tokens)::float8 as completion_mean
from sized group by stage, model order by max(id) desc
"""


@dataclass(frozen=True, slots=True)
class Offered:
    """Deals with a vector, sorted by item id, and how many have none yet."""

    vectors: Vectors
    model: str | None
    without_vector: int
    unknown: int  # asked for, and not offered


async def offered(
    views: Connection, tenant: str, wanted: Sequence[str] | None, embedding_model: str | None
) -> Offered:
    names = [row["item_id"] for row in await views.fetch(OFFERED, tenant, wanted)]
    model = await views.fetchval(MODEL, tenant, embedding_model)
    rows = await views.fetch(VECTORS, tenant, model, wanted) if model else []
    ordered = sorted(rows, key=lambda row: str(row["item_id"]))
    unknown = 0 if wanted is None else len(set(wanted)) - len(names)
    return Offered(_matrix(ordered), model, len(names) - len(rows), unknown)


def _matrix(rows: Sequence[Record]) -> Vectors:
    if not rows:
        return np.zeros((0, 0), np.float32)
    return np.frombuffer(b"".join(row["vector"] for row in rows), "<f4").reshape(len(rows), -1)


async def history(
    views: Connection, tenant: str, packager_model: str | None, enricher_model: str | None, usual: str
) -> History:
    """How this tenant's runs went. A run may name models; `usual` is asked where nothing tells."""
    calls = await views.fetch(CALLS, tenant)
    packages = await views.fetchrow(PACKAGES, tenant)
    runs = packages["runs"] if packages and packages["clusters"] else 0
    return History(
        _habit(calls, "packager", packager_model, usual),
        _habit(calls, "enricher", enricher_model, usual),
        packages["packages"] / packages["clusters"] if packages and runs else PRIOR_PACKAGES,
        runs,
    )


def _habit(calls: Sequence[Record], stage: str, wanted: str | None, usual: str) -> Habit:
    """Of the model that is wanted, else of the one that was asked last."""
    rows = [row for row in calls if row["stage"] == stage and wanted in {None, row["model"]}]
    if not rows:
        prompt, completion = PRIORS[stage]
        return Habit(wanted or usual, prompt, completion)
    row = rows[0]
    return Habit(
        model=row["model"],
        prompt=_line(row, "prompt"),
        completion=_line(row, "completion"),
        repairs=max(0.0, row["repairs"]),
        seconds=row["seconds"] if row["seconds"] is not None else PRIOR_SECONDS,
        measured=row["calls"],
    )


def _line(row: Any, tokens: str) -> Line:
    """Through the calls; where all were about as many deals, their mean."""
    base, each = row[f"{tokens}_base"], row[f"{tokens}_each"]
    return Line(row[f"{tokens}_mean"], 0) if base is None or each is None else Line(base, each)
