"""What the bundler says to its tables."""

from typing import Final

BEGIN: Final = """
insert into bundle_run
    (tenant, run_id, revision, store, frozen, plan, book, as_of_ms, spent_ms, code, words)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing returning true
"""

BEGUN: Final = """
select frozen, plan, book, as_of_ms, spent_ms, code, words from bundle_run
where (tenant, run_id, revision) = ($1, $2, $3)
"""

SETTLE: Final = """
insert into mined (tenant, run_id, revision, number, pairs, complete, duration_ms, code)
values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing
"""

MINED: Final = """
select number, pairs, complete, duration_ms, code from mined
where (tenant, run_id, revision) = ($1, $2, $3) order by number
"""

FINISH: Final = """
update bundle_run
set finished = $4, told = $5, record = coalesce(record, $6), finished_at = case when $5 then now() end
where (tenant, run_id, revision) = ($1, $2, $3)
"""

FINISHED: Final = "select finished from bundle_run where (tenant, run_id, revision) = ($1, $2, $3)"

STORE: Final = "select store from bundle_run where (tenant, run_id, revision) = ($1, $2, $3)"

SAVE_BUNDLE: Final = """
insert into bundle (tenant, run_id, revision, rank, bundle_id, store, bundle, name, description)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing
"""

BUNDLES: Final = """
select rank, bundle, name, description from bundle
where (tenant, run_id, revision) = ($1, $2, $3) order by rank
"""

DESCRIBE: Final = """
update bundle set name = $5, description = $6, named_by = 'model'
where (tenant, run_id, revision, bundle_id) = ($1, $2, $3, $4)
"""

COST: Final = "select avg(cost_ms) from combo_cost where (tenant, store) = ($1, $2)"

COSTS: Final = """
select objective, type, cost_ms, runs from combo_cost where (tenant, store) = ($1, $2)
order by objective, type for update
"""

ROLL: Final = """
insert into combo_cost (tenant, store, objective, type, cost_ms, runs) values ($1, $2, $3, $4, $5, $6)
on conflict (tenant, store, objective, type) do update set cost_ms = excluded.cost_ms, runs = excluded.runs
"""
