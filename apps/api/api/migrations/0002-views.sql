-- depends: 0001-api

create view read.api_requests_v1 as
select tenant, run_id, revision, kind, total, request, requested_by, requested_at from requested;

create view read.api_audit_v1 as
select id, at, tenant, action, kind, run_id, revision, key_id, key_name, idempotency_key, client, detail from audit;

do $$
begin
    if exists (select from pg_roles where rolname = 'assort_read') then
        grant usage on schema read to assort_read;
        grant select on read.api_requests_v1, read.api_audit_v1 to assort_read;
    end if;
end $$;
