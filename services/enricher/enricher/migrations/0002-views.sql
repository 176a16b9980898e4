-- depends: 0001-packages

-- What the rest of the world may read.
create view read.packages_enriched_v1 as
select tenant, run_id, package_id, cluster_id, revision, package_name, deal_ids, reasoning, aggregates, advice, model,
       created_at
from enriched;

create view read.outcomes_v1 as
select tenant, run_id, revision, status, counts, cost, outcome_key, outcome_sha256, words, finished_at from outcome;

do $$
begin
    if exists (select from pg_roles where rolname = 'assort_read') then
        grant usage on schema read to assort_read;
        grant select on read.packages_enriched_v1, read.outcomes_v1 to assort_read;
    end if;
end $$;
