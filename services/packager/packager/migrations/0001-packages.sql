-- depends:

-- What each cluster became. A row is never changed; a retry writes rows of its own revision.
create table package (
    tenant       text        not null,
    run_id       text        not null,
    revision     integer     not null, -- the one that made it
    cluster_id   uuid        not null,
    package_id   uuid        not null,
    kind         text        not null check (kind in ('package', 'excluded')),
    package_name text        not null,
    deal_ids     text[]      not null, -- item ids, sorted; none for kind excluded
    reasoning    text        not null,
    model        text        not null,
    created_at   timestamptz not null default now(),
    primary key (tenant, run_id, cluster_id, revision, package_id)
);
create index package_by_id on package (tenant, run_id, package_id);

-- The deals of a cluster that are in none of its packages.
create table excluded_deal (
    tenant     text    not null,
    run_id     text    not null,
    revision   integer not null,
    cluster_id uuid    not null,
    package_id uuid    not null, -- of kind excluded
    item_id    text    not null,
    code       text    not null,
    words      text    not null,
    primary key (tenant, run_id, cluster_id, revision, item_id)
);
create index excluded_deal_by_item on excluded_deal (tenant, item_id);

-- The manifest that a run's packaging started from.
create table clustering (
    tenant    text    not null,
    run_id    text    not null,
    revision  integer not null,
    reference jsonb   not null,
    primary key (tenant, run_id, revision)
);

-- The manifest that it ended with.
create table packaging (
    tenant            text        not null,
    run_id            text        not null,
    revision          integer     not null,
    packaging_key     text        not null,
    packaging_sha256  text        not null,
    packages          integer     not null,
    excluded_packages integer     not null,
    failed_clusters   integer     not null,
    closed_at         timestamptz not null default now(),
    primary key (tenant, run_id, revision)
);
