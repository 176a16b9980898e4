-- depends: 0010-products

alter table run_input add column bundles jsonb; -- of a run of bundles; null: it is none

-- What an upload was read as, so that runs can ask for its products.
create table upload (
    tenant        text        not null,
    csv_upload_id uuid        not null,
    told          jsonb       not null, -- upload.read
    told_at       timestamptz not null default now(),
    primary key (tenant, csv_upload_id)
);

create or replace view read.frozen_v1 as
select f.tenant, f.run_id, f.revision, f.snapshot_key, f.snapshot_sha256, f.items, f.failed, f.excluded,
       f.settings, f.budget_usd, r.first_seen as requested_at, f.asked, f.model, f.redo, f.kind, f.segmentation,
       f.bundles
from run_input f left join request r using (tenant, run_id)
where f.state = 'frozen';
