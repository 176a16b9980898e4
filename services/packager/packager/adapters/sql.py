"""The statements of the packager's tables."""

from typing import Final

INSERT_PACKAGE: Final = """
insert into package
    (tenant, run_id, revision, cluster_id, package_id, kind, package_name, deal_ids, reasoning, model,
     prompt_version, deals)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict do nothing
"""

INSERT_EXCLUDED: Final = """
insert into excluded_deal (tenant, run_id, revision, cluster_id, package_id, item_id, code, words)
select $1, $2, $3, $4, $5, * from unnest($6::text[], $7::text[], $8::text[])
on conflict do nothing
"""

INSERT_LINK: Final = """
insert into cluster_package (tenant, run_id, revision, cluster_id, package_id, kind)
values ($1, $2, $3, $4, $5, $6)
on conflict do nothing
"""

INSERT_PACKED: Final = """
insert into packed_cluster
    (tenant, run_id, revision, cluster_id, deals, named_ids, invented_ids, forgotten_ids, packages,
     dropped_members, repaired, model, prompt_version)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict do nothing
"""

KNOWN: Final = """
with last as (
    select $4::uuid = any(clusters) as had_this_cluster from clustering
    where tenant = $1 and run_id = $2 and revision < $3
    order by revision desc limit 1
)
select package_id, array_agg(distinct cluster_id) as clusters
from cluster_package
where tenant = $1 and run_id = $2 and revision < $3 and package_id = any($5::uuid[])
  and not (cluster_id = $4 and coalesce((select had_this_cluster from last), false))
group by package_id
"""

MADE: Final = """
select c.package_id, c.cluster_id, c.kind, p.revision
from unnest($4::uuid[], $5::int[]) as member (cluster_id, revision)
join cluster_package c on (c.tenant, c.run_id, c.revision, c.cluster_id)
                        = ($1, $2, member.revision, member.cluster_id)
join lateral (
    select max(revision) as revision from package
    where tenant = $1 and run_id = $2 and package_id = c.package_id and revision <= $3
) p on true
order by c.package_id, c.cluster_id
"""

TO_PROPOSE_AGAIN: Final = """
select p.package_id, p.kind, p.package_name, p.deal_ids, p.reasoning, p.model, p.prompt_version, p.deals
from unnest($3::uuid[], $4::int[]) as named (package_id, revision)
join package p using (package_id, revision)
where p.tenant = $1 and p.run_id = $2 and p.deals is not null
order by p.package_id
"""

EXCLUDED_OF: Final = """
select e.package_id, e.item_id, e.code, e.words
from unnest($3::uuid[], $4::int[]) as named (package_id, revision)
join excluded_deal e using (package_id, revision)
where e.tenant = $1 and e.run_id = $2
order by e.package_id, e.item_id
"""

BEGIN: Final = """
insert into clustering (tenant, run_id, revision, reference, clusters, redo, enrichment, budget_usd)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict do nothing
"""

BEGUN: Final = """
select reference, redo, enrichment, budget_usd from clustering where (tenant, run_id, revision) = ($1, $2, $3)
"""

CLOSE: Final = """
insert into packaging
    (tenant, run_id, revision, packaging_key, packaging_sha256, packages, excluded_packages, failed_clusters)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict do nothing
"""
