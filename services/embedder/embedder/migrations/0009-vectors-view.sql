-- depends: 0002-views

-- For forecasts: what a run would be given of the deals as they now are. A deal has one row for each model.
create view read.embedder_vectors_v1 as
select i.tenant, i.item_id, i.content_sha256, i.text_sha256, octet_length(i.body) as body_bytes, v.model, v.vector
from item i join vector v on (v.tenant, v.text_sha256) = (i.tenant, i.text_sha256)
where not i.withdrawn;

do $$
begin
    if exists (select from pg_roles where rolname = 'assort_read') then
        grant select on read.embedder_vectors_v1 to assort_read;
    end if;
end $$;
