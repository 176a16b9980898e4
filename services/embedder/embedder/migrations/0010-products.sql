-- depends: 0009-vectors-view

-- Products stand beside deals, under ids of their own.
alter table item add column kind text not null default 'deal' check (kind in ('deal', 'product'));
alter table item drop constraint item_pkey, add primary key (tenant, kind, item_id);
alter table item_key add column kind text not null default 'deal';
alter table item_key drop constraint item_key_pkey, add primary key (record_key, tenant, kind, item_id);

alter table run_input
    add column kind text not null default 'packages', -- of the run
    add column segmentation jsonb; -- what is to be made of products; null: it is a run of deals

create or replace view read.items_v1 as
select tenant, kind, item_id, version, name, withdrawn, content_sha256, updated_at from item;

create or replace view read.embedder_vectors_v1 as
select i.tenant, i.item_id, i.content_sha256, i.text_sha256, octet_length(i.body) as body_bytes, v.model, v.vector
from item i join vector v on (v.tenant, v.text_sha256) = (i.tenant, i.text_sha256)
where not i.withdrawn and i.kind = 'deal';

create or replace view read.frozen_v1 as
select f.tenant, f.run_id, f.revision, f.snapshot_key, f.snapshot_sha256, f.items, f.failed, f.excluded,
       f.settings, f.budget_usd, r.first_seen as requested_at, f.asked, f.model, f.redo, f.kind, f.segmentation
from run_input f left join request r using (tenant, run_id)
where f.state = 'frozen';
