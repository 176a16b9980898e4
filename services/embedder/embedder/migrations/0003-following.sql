-- depends: 0002-views

alter table run_input
    add column asked jsonb not null default '{}', -- deal_ids or deal_list as the request had them; neither: every deal
    add column model text not null default '', -- that makes the vectors
    add column redo text not null default 'nothing' check (redo in ('nothing', 'enrichment', 'packaging')),
    add column status text; -- how the revision ended at all stages; null: it has not

-- Each watch is a task of its own.
create sequence watch_number;

-- Runs that revise themselves when their deals change. Times are the database's.
create table following (
    tenant          text        not null,
    run_id          text        not null,
    quiet_seconds   float8      not null,
    max_changes     integer     not null,
    every           boolean     not null, -- every deal of the tenant counts, else those in followed_deal
    asked_revision  integer     not null, -- the last revision that was asked for because of changes
    asked_sha256    text        not null default '',
    changes         integer     not null default 0, -- since then
    first_change_at timestamptz,
    last_change_at  timestamptz,
    watching        boolean     not null default false, -- a task waits for the run to be due
    watch           bigint      not null default 0, -- its number
    started_at      timestamptz not null default now(),
    primary key (tenant, run_id)
);

create table followed_deal (
    tenant  text not null,
    item_id text not null,
    run_id  text not null,
    primary key (tenant, item_id, run_id),
    foreign key (tenant, run_id) references following on delete cascade
);
create index followed_deal_run on followed_deal (tenant, run_id);

create or replace view read.frozen_v1 as
select f.tenant, f.run_id, f.revision, f.snapshot_key, f.snapshot_sha256, f.items, f.failed, f.excluded,
       f.settings, f.budget_usd, r.first_seen as requested_at, f.asked, f.model, f.redo
from run_input f left join request r using (tenant, run_id)
where f.state = 'frozen';

create view read.following_v1 as
select f.tenant, f.run_id, f.quiet_seconds, f.max_changes, f.every, c.deals, f.asked_revision, f.changes,
       f.first_change_at, f.last_change_at, f.started_at
from following f left join lateral (
    select count(*) as deals from followed_deal d where (d.tenant, d.run_id) = (f.tenant, f.run_id)
) c on not f.every;

do $$
begin
    if exists (select from pg_roles where rolname = 'assort_read') then
        grant select on read.following_v1 to assort_read;
    end if;
end $$;
