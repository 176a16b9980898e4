-- depends:

-- Runs of packages, as far as ranking data are made of them.
create table known_run (
    tenant   text        not null,
    run_id   varchar(64) not null,
    revision integer     not null,
    outcome  jsonb       not null, -- a reference
    primary key (tenant, run_id, revision)
);

create table known_cluster (
    tenant     text        not null,
    run_id     varchar(64) not null,
    cluster_id uuid        not null,
    revision   integer     not null,
    deal_ids   text[]      not null,
    guests     text[]      not null, -- those that are at home in another cluster
    primary key (tenant, run_id, cluster_id, revision)
);

create table known_package (
    tenant     text        not null,
    run_id     varchar(64) not null,
    package_id uuid        not null,
    revision   integer     not null,
    cluster_id uuid        not null,
    name       text        not null,
    deal_ids   text[]      not null,
    primary key (tenant, run_id, package_id, revision)
);

-- One row for each revision of a run of ranking data.
create table ranking_run (
    tenant      text        not null,
    run_id      varchar(64) not null,
    revision    integer     not null,
    frozen      jsonb       not null, -- the event that it began with
    ground      jsonb, -- a reference; null: it could not even begin
    drawn       text[]      not null, -- clusters that queries are asked for
    code        text, -- why it could not begin
    words       text,
    finished    jsonb, -- run.finished; null: not over
    generated   jsonb, -- ranking_data.generated; null: not over, or there is none
    created_at  timestamptz not null default now(),
    finished_at timestamptz,
    primary key (tenant, run_id, revision)
);

-- Queries that were written about a cluster, before any is left out.
create table query_set (
    tenant     text        not null,
    run_id     varchar(64) not null,
    revision   integer     not null,
    cluster_id text        not null,
    prompt     text        not null, -- the key of the question
    made_by    text        not null check (made_by in ('model', 'fallback', 'stub')),
    queries    text[]      not null,
    primary key (tenant, run_id, revision, cluster_id),
    foreign key (tenant, run_id, revision) references ranking_run on delete cascade
);

-- What the embedder said about texts of a run.
create table embedded (
    tenant   text        not null,
    run_id   varchar(64) not null,
    revision integer     not null,
    sha256   text        not null, -- of the list of texts
    told     jsonb       not null, -- texts.embedded
    primary key (tenant, run_id, revision, sha256)
);

create table record (
    tenant       text        not null,
    run_id       varchar(64) not null,
    revision     integer     not null,
    number       integer     not null, -- its place in the file
    query        text        not null,
    candidate_id text        not null,
    cluster_id   text        not null,
    label        smallint    not null,
    grade        smallint    not null,
    reason       text        not null,
    split        text        not null,
    made_by      text        not null,
    primary key (tenant, run_id, revision, number),
    foreign key (tenant, run_id, revision) references ranking_run on delete cascade
);
create index record_candidate on record (tenant, run_id, candidate_id);

create view read.ranking_runs_v1 as
select tenant, run_id, revision, frozen -> 'ranking' as brief, frozen -> 'snapshot' as snapshot, ground, drawn,
       generated -> 'dataset' as dataset, generated -> 'report' as report, finished -> 'outcome' as outcome,
       finished ->> 'status' as status, finished -> 'counts' as counts, finished -> 'cost' as cost,
       created_at, finished_at
from ranking_run;

create view read.ranking_queries_v1 as
select tenant, run_id, revision, cluster_id, prompt, made_by, queries from query_set;

create view read.ranking_records_v1 as
select tenant, run_id, revision, number, query, candidate_id, cluster_id, label, grade, reason, split, made_by
from record;

do $$
begin
    if exists (select from pg_roles where rolname = 'assort_read') then
        grant usage on schema read to assort_read;
        grant select on read.ranking_runs_v1, read.ranking_queries_v1, read.ranking_records_v1 to assort_read;
    end if;
end $$;
