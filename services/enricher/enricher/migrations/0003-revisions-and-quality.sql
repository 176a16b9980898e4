-- depends: 0002-views

-- What is needed to describe excluded deals later.
alter table proposal
    add column package_name text,
    add column deals        jsonb, -- reference of the cluster's bodies
    add column currency     text;

alter table enriched add column prompt_version integer;

alter table outcome add column quality jsonb;

-- What buyers can see after a revision, and which revision made it.
create table offered (
    tenant     text    not null,
    run_id     text    not null,
    revision   integer not null,
    package_id uuid    not null,
    made_by    integer not null,
    primary key (tenant, run_id, revision, package_id)
);

-- Revisions that said what is offered: a cancelled one does not.
create table offering (
    tenant   text    not null,
    run_id   text    not null,
    revision integer not null,
    primary key (tenant, run_id, revision)
);

-- Excluded packages, described without a model.
create table backfilled (
    tenant       text        not null,
    run_id       text        not null,
    revision     integer     not null, -- the one that was asked about
    package_id   uuid        not null,
    cluster_id   uuid        not null,
    package_name text        not null,
    excluded     jsonb       not null, -- [{item_id, code, words}]
    aggregates   jsonb       not null,
    created_at   timestamptz not null default now(),
    primary key (tenant, run_id, revision, package_id)
);

create or replace view read.packages_enriched_v1 as
select tenant, run_id, package_id, cluster_id, revision, package_name, deal_ids, reasoning, aggregates, advice, model,
       created_at, prompt_version
from enriched;

create or replace view read.outcomes_v1 as
select tenant, run_id, revision, status, counts, cost, outcome_key, outcome_sha256, words, finished_at, quality
from outcome;

create view read.packages_offered_v1 as
select tenant, run_id, revision, package_id, made_by from offered;

create view read.packages_backfilled_v1 as
select tenant, run_id, revision, package_id, cluster_id, package_name, excluded, aggregates, created_at from backfilled;

do $$
begin
    if exists (select from pg_roles where rolname = 'assort_read') then
        grant select on read.packages_enriched_v1, read.outcomes_v1, read.packages_offered_v1,
            read.packages_backfilled_v1 to assort_read;
    end if;
end $$;
