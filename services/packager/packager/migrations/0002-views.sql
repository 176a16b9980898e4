-- depends: 0001-packages

-- What the rest of the world may read.
create view read.packages_v1 as
select tenant, run_id, package_id, cluster_id, revision, kind, package_name, deal_ids, reasoning, model, created_at
from package;

create view read.package_deals_v1 as
select tenant, run_id, package_id, revision, unnest(deal_ids) as item_id from package;

create view read.excluded_deals_v1 as
select tenant, run_id, cluster_id, package_id, revision, item_id, code, words from excluded_deal;

create view read.packagings_v1 as
select tenant, run_id, revision, packaging_key, packaging_sha256, packages, excluded_packages, failed_clusters, closed_at
from packaging;

do $$
begin
    if exists (select from pg_roles where rolname = 'assort_read') then
        grant usage on schema read to assort_read;
        grant select on read.packages_v1, read.package_deals_v1, read.excluded_deals_v1, read.packagings_v1
            to assort_read;
    end if;
end $$;
