-- depends:

-- A cluster belongs to the revision that made it; later revisions take it over.
create table cluster (
    tenant     text        not null,
    run_id     text        not null,
    cluster_id uuid        not null,
    revision   integer     not null,
    deal_ids   text[]      not null, -- item ids, sorted
    deals      jsonb       not null, -- a reference to their bodies
    created_at timestamptz not null default now(),
    primary key (tenant, run_id, cluster_id)
);

create table clustering (
    tenant            text        not null,
    run_id            text        not null,
    revision          integer     not null,
    clustering_key    text        not null,
    clustering_sha256 text        not null,
    clusters          integer     not null,
    failed            integer     not null,
    excluded          integer     not null,
    created_at        timestamptz not null default now(),
    primary key (tenant, run_id, revision)
);
