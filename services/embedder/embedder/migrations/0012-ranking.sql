-- depends: 0011-bundles

alter table run_input add column ranking jsonb; -- of a run of ranking data; null: it is none

create or replace view read.frozen_v1 as
select f.tenant, f.run_id, f.revision, f.snapshot_key, f.snapshot_sha256, f.items, f.failed, f.excluded,
       f.settings, f.budget_usd, r.first_seen as requested_at, f.asked, f.model, f.redo, f.kind, f.segmentation,
       f.bundles, f.ranking
from run_input f left join request r using (tenant, run_id)
where f.state = 'frozen';
