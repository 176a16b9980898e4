-- depends: 0001-clusters

create or replace view read.clusters_v1 as
select tenant, run_id, cluster_id, revision, cardinality(deal_ids) as deals from cluster;

create or replace view read.cluster_deals_v1 as
select tenant, run_id, cluster_id, unnest(deal_ids) as item_id from cluster;

create or replace view read.clusterings_v1 as
select tenant, run_id, revision, clustering_key, clustering_sha256, clusters, failed, excluded from clustering;

do $$
begin
    if exists (select from pg_roles where rolname = 'assort_read') then
        grant usage on schema read to assort_read;
        grant select on read.clusters_v1, read.cluster_deals_v1, read.clusterings_v1 to assort_read;
    end if;
end $$;
