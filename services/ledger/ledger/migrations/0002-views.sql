-- depends: 0001-events

-- What the rest of the world may read.
create view read.runs_v1 as
select tenant, run_id, revision, kind, status, requested_at, frozen_at, clustered_at, packaged_at, finished_at,
       items, counts, cost, settings, budget_usd, words
from run_seen;

create view read.events_v1 as
select event_id, topic, tenant, run_id, revision, entity, cluster_id, sha256, seen_at, repeated, conflicts from event;

create view read.buried_v1 as
select tenant, letter_id, stage, code, words, place, record_key, sha256, bytes, buried_at from buried;

-- What a revision has is what it and the revisions before it made.
create view read.run_progress_v1 as
select r.tenant, r.run_id, r.revision,
       e.clusters_formed, r.clusters as clusters_expected, e.clusters_packaged,
       e.packages_proposed, r.packages as packages_expected, e.packages_enriched
from run_seen r
cross join lateral (
    select count(distinct entity) filter (where topic = 'cluster.formed.v1') as clusters_formed,
           count(distinct cluster_id) filter (where topic = 'package.proposed.v1') as clusters_packaged,
           count(distinct entity) filter (where topic = 'package.proposed.v1') as packages_proposed,
           count(distinct entity) filter (where topic = 'package.enriched.v1') as packages_enriched
    from event e
    where e.tenant = r.tenant and e.run_id = r.run_id and e.revision <= r.revision
) e;

do $$
begin
    if exists (select from pg_roles where rolname = 'assort_read') then
        grant usage on schema read to assort_read;
        grant select on read.runs_v1, read.events_v1, read.buried_v1, read.run_progress_v1 to assort_read;
    end if;
end $$;
