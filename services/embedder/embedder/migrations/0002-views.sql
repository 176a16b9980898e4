-- depends: 0001-embedder

create or replace view read.items_v1 as
select tenant, 'deal'::text as kind, item_id, version, name, withdrawn, content_sha256, updated_at from item;

create or replace view read.frozen_v1 as
select f.tenant, f.run_id, f.revision, f.snapshot_key, f.snapshot_sha256, f.items, f.failed, f.excluded,
       f.settings, f.budget_usd, r.first_seen as requested_at
from run_input f left join request r using (tenant, run_id)
where f.state = 'frozen';

do $$
begin
    if exists (select from pg_roles where rolname = 'assort_read') then
        grant usage on schema read to assort_read;
        grant select on read.items_v1, read.frozen_v1 to assort_read;
    end if;
end $$;
