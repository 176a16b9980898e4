"""The statements of the segmenter. $1, $2, $3 are tenant, run and revision everywhere."""

from typing import Final

INSERT_RUN: Final = """
insert into segmentation_runs
    (tenant, id, revision, category, model_config, processing_params, total_products, frozen, code, words)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing returning true
"""

# In one order for all, so that runs that share products take turns.
MEET_PRODUCTS: Final = """
insert into product as known (tenant, upstream_id, is_number)
select $1, * from unnest($2::text[], $3::boolean[]) as new (upstream_id, is_number) order by upstream_id
on conflict (tenant, upstream_id) do update set is_number = excluded.is_number
where known.is_number <> excluded.is_number
"""

INSERT_RUN_PRODUCTS: Final = """
insert into run_products (tenant, run_id, revision, product_id)
select $1, $2, $3, id from product where tenant = $1 and upstream_id = any($4::text[])
"""

RUN: Final = """
select frozen, processing_params, model_config, code, words, phase from segmentation_runs
where (tenant, id, revision) = ($1, $2, $3)
"""

STEPS: Final = """
select phase, number, level, state, input, result, products, made_by, repaired, code, words from step
where (tenant, run_id, revision) = ($1, $2, $3) order by phase, number
"""

INSERT_STEP: Final = """
insert into step (tenant, run_id, revision, phase, number, level, input, products)
values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing
"""

SETTLE_STEP: Final = """
update step set state = $6, result = $7, made_by = $8, repaired = $9, code = $10, words = $11
where (tenant, run_id, revision, phase, number) = ($1, $2, $3, $4, $5) and state = 'open'
"""

MERGE_BY_NAME: Final = """
insert into step (tenant, run_id, revision, phase, number, level, input, products, state, result, made_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'done', $9, 'names')
on conflict (tenant, run_id, revision, phase, number) do update
set result = excluded.result, made_by = excluded.made_by
"""

MEASURE_STEP: Final = """
update step set score_before = $5, score_after = $6, moved = $7, rolled_back = $8
where (tenant, run_id, revision, phase, number) = ($1, $2, $3, 'refine_assignments', $4)
"""

SET_PHASE: Final = """
update segmentation_runs set phase = $4, processed_products = total_products
where (tenant, id, revision) = ($1, $2, $3)
"""

INSERT_TAXONOMY: Final = """
insert into product_taxonomies
    (tenant, run_id, revision, category_id, kind, category_name, definition, product_count)
select $1, $2, $3, * from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::int[])
"""

INSERT_SEGMENTS: Final = """
insert into product_segments (tenant, run_id, revision, product_id, taxonomy_id, confidence)
select $1, $2, $3, p.id, t.id, new.confidence
from unnest($4::text[], $5::text[], $6::float8[]) as new (item_id, category_id, confidence)
join product p on p.tenant = $1 and p.upstream_id = new.item_id
join product_taxonomies t on (t.tenant, t.run_id, t.revision, t.category_id) = ($1, $2, $3, new.category_id)
"""

INSERT_REFINED: Final = """
insert into refined_product_segments (tenant, run_id, revision, product_id, taxonomy_id, confidence, moved)
select $1, $2, $3, p.id, t.id, new.confidence, new.moved
from unnest($4::text[], $5::text[], $6::float8[], $7::boolean[])
    as new (item_id, category_id, confidence, moved)
join product p on p.tenant = $1 and p.upstream_id = new.item_id
join product_taxonomies t on (t.tenant, t.run_id, t.revision, t.category_id) = ($1, $2, $3, new.category_id)
"""

FINISH_RUN: Final = """
update segmentation_runs
set status = $4, phase = 'done', result_summary = $5, taxonomy_version = $6, finished_at = now(),
    processed_products = total_products
where (tenant, id, revision) = ($1, $2, $3)
"""

# A category that lost all its products to others stays, empty: the first assignment names it.
NAME_SEGMENTS: Final = """
update product_taxonomies t set segment_id = named.segment_id, product_count = coalesce(named.products, 0)
from product_taxonomies every
left join unnest($4::text[], $5::uuid[], $6::int[]) as named (category_name, segment_id, products)
  on named.category_name = every.category_name
where t.id = every.id and (every.tenant, every.run_id, every.revision) = ($1, $2, $3)
"""

INSERT_OUTCOME: Final = """
insert into segmentation_outcome
    (tenant, run_id, revision, status, counts, cost, segmentation, outcome)
values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing
"""

VERSION: Final = "select take_taxonomy_version($1, $2, $3, $4)"
