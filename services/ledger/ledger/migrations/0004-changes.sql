-- depends: 0003-quality

-- What changed the state of a run, who asked for it, and when: one row for each event that did.
create table run_change (
    event_id uuid        primary key,
    tenant   text        not null,
    run_id   text        not null,
    revision integer     not null,
    change   text        not null, -- requested, a command, frozen, finished
    asked_by text        not null, -- empty: nobody, it came by itself
    words    text        not null,
    at       timestamptz not null
);
create index run_change_of_run on run_change (tenant, run_id, at);

create view read.run_changes_v1 as
select event_id, tenant, run_id, revision, change, asked_by, words, at from run_change;

do $$
begin
    if exists (select from pg_roles where rolname = 'assort_read') then
        grant select on read.run_changes_v1 to assort_read;
    end if;
end $$;
