-- depends: 0002-views

-- Files that were brought here. The bundler hears of them later.
create table uploaded (
    tenant        text        not null,
    csv_upload_id uuid        not null,
    store         text        not null,
    uploaded_by   text        not null, -- name of the key
    uploaded_at   timestamptz not null default now(),
    primary key (tenant, csv_upload_id)
);

create view read.api_uploads_v1 as select tenant, csv_upload_id, store, uploaded_by, uploaded_at from uploaded;

do $$
begin
    if exists (select from pg_roles where rolname = 'assort_read') then
        grant select on read.api_uploads_v1 to assort_read;
    end if;
end $$;
