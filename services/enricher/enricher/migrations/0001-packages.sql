-- depends:

-- What the packager proposed, as it arrived. A row is never changed; a retry writes rows of its own revision.
create table proposal (
    tenant     text    not null,
    run_id     text    not null,
    revision   integer not null,
    package_id uuid    not null,
    cluster_id uuid    not null,
    kind       text    not null check (kind in ('package', 'excluded')),
    deal_ids   text[]  not null,
    excluded   jsonb   not null, -- [{item_id, code, words}]
    primary key (tenant, run_id, package_id, revision)
);

-- The buyer-ready packages.
create table enriched (
    tenant       text        not null,
    run_id       text        not null,
    revision     integer     not null, -- the one that made it
    package_id   uuid        not null,
    cluster_id   uuid        not null,
    package_name text        not null,
    deal_ids     text[]      not null, -- item ids, sorted, exactly as they were proposed
    reasoning    text        not null,
    aggregates   jsonb       not null,
    advice       jsonb       not null,
    model        text        not null,
    created_at   timestamptz not null default now(),
    primary key (tenant, run_id, package_id, revision)
);

-- The manifest that a run's enrichment started from.
create table packaging (
    tenant    text    not null,
    run_id    text    not null,
    revision  integer not null,
    reference jsonb   not null,
    primary key (tenant, run_id, revision)
);

-- How each revision of a run ended.
create table outcome (
    tenant         text        not null,
    run_id         text        not null,
    revision       integer     not null,
    status         text        not null,
    counts         jsonb       not null,
    cost           jsonb       not null,
    outcome_key    text, -- null: a manifest was lost, so nobody can say what became of the items
    outcome_sha256 text,
    words          text        not null,
    finished_at    timestamptz not null default now(),
    primary key (tenant, run_id, revision)
);
