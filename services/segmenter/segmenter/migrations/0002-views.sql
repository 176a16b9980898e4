-- depends: 0001-segments

create view read.segmentation_runs_v1 as
select r.tenant, r.id as run_id, r.revision, r.created_at, r.status, r.phase, r.category, r.model_config,
       r.processing_params, r.total_products,
       greatest(r.processed_products, coalesce(s.products, 0))::integer as processed_products,
       r.result_summary, r.frozen -> 'snapshot' as snapshot, r.taxonomy_version, r.finished_at,
       coalesce(s.steps_done, 0)::integer as steps_done, coalesce(s.steps, 0)::integer as steps,
       o.counts, o.cost, o.segmentation, o.outcome
from segmentation_runs r
left join segmentation_outcome o on (o.tenant, o.run_id, o.revision) = (r.tenant, r.id, r.revision)
left join lateral (
    select count(*) as steps, count(*) filter (where state <> 'open') as steps_done,
           sum(products) filter (where phase = 'segmentation' and state <> 'open') as products
    from step s where (s.tenant, s.run_id, s.revision) = (r.tenant, r.id, r.revision)
) s on true;

create view read.segmentation_products_v1 as
select r.tenant, r.run_id, r.revision, r.product_id, p.upstream_id, p.is_number
from run_products r join product p on p.id = r.product_id;

create view read.product_taxonomies_v1 as
select id, tenant, run_id, revision, category_id, segment_id, kind, category_name, definition, product_count from product_taxonomies;

create view read.product_segments_v1 as
select s.tenant, s.run_id, s.revision, s.product_id, p.upstream_id, p.is_number, s.taxonomy_id, s.confidence
from product_segments s join product p on p.id = s.product_id;

create view read.refined_product_segments_v1 as
select s.tenant, s.run_id, s.revision, s.product_id, p.upstream_id, p.is_number, s.taxonomy_id, s.confidence, s.moved
from refined_product_segments s join product p on p.id = s.product_id;

-- The assignment that counts: the refined one where there is one.
create view read.segmentation_results_v1 as
select s.tenant, s.run_id, s.revision, s.product_id, p.upstream_id, p.is_number,
       coalesce(f.taxonomy_id, s.taxonomy_id) as taxonomy_id,
       case when f.product_id is null then s.confidence else f.confidence end as confidence,
       coalesce(f.moved, false) as moved
from product_segments s
join product p on p.id = s.product_id
left join refined_product_segments f
  on (f.tenant, f.run_id, f.revision, f.product_id) = (s.tenant, s.run_id, s.revision, s.product_id);

create view read.segmentation_steps_v1 as
select tenant, run_id, revision, phase, number, level, state, input, result, products, made_by, repaired, rolled_back,
       score_before, score_after, moved, code, words
from step;

create view read.taxonomy_versions_v1 as
select tenant, category, version, sha256, run_id, made_at from taxonomy_version;

do $$
begin
    if exists (select from pg_roles where rolname = 'assort_read') then
        grant usage on schema read to assort_read;
        grant select on read.segmentation_runs_v1, read.segmentation_products_v1, read.product_taxonomies_v1,
            read.product_segments_v1, read.refined_product_segments_v1, read.segmentation_results_v1,
            read.segmentation_steps_v1, read.taxonomy_versions_v1 to assort_read;
    end if;
end $$;
