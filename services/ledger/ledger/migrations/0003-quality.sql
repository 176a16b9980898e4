-- depends: 0002-views

alter table run_seen add column quality jsonb; -- how good the packages are; null: not over, or nothing to measure

create or replace view read.runs_v1 as
select tenant, run_id, revision, kind, status, requested_at, frozen_at, clustered_at, packaged_at, finished_at,
       items, counts, cost, settings, budget_usd, words, quality
from run_seen;
