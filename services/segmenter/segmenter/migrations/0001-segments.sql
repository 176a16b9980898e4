-- depends:

-- A key of our own for each product; catalogs number theirs or name them.
create table product (
    id          bigint  generated always as identity primary key,
    tenant      text    not null,
    upstream_id text    not null,
    is_number   boolean not null, -- as the catalog published it
    unique (tenant, upstream_id)
);

-- One row for each revision of a run.
create table segmentation_runs (
    tenant             text        not null,
    id                 varchar(64) not null,
    revision           integer     not null,
    created_at         timestamptz not null default now(),
    status             varchar(32) not null default 'running'
        check (status in ('running', 'completed', 'completed_with_failures', 'failed', 'cancelled')),
    phase              text        not null default 'segmentation'
        check (phase in ('segmentation', 'consolidate_taxonomy', 'refine_assignments', 'done')),
    category           text        not null,
    model_config       jsonb       not null,
    processing_params  jsonb       not null,
    total_products     integer     not null,
    processed_products integer     not null default 0, -- in a category, or failed, by the first phase
    result_summary     jsonb, -- null: not over
    frozen             jsonb       not null, -- the event that it began with
    code               text, -- why it could not even begin
    words              text,
    taxonomy_version   integer,
    finished_at        timestamptz,
    primary key (tenant, id, revision)
);
create index segmentation_runs_open on segmentation_runs (created_at) where status = 'running';

create table run_products (
    tenant     text        not null,
    run_id     varchar(64) not null,
    revision   integer     not null,
    product_id bigint      not null references product,
    primary key (run_id, tenant, revision, product_id),
    foreign key (tenant, run_id, revision) references segmentation_runs on delete cascade
) partition by hash (run_id);

create table product_taxonomies (
    id            bigint       generated always as identity primary key,
    tenant        text         not null,
    run_id        varchar(64)  not null,
    revision      integer      not null,
    segment_id    uuid, -- follows from its products and settings; null: the run is not over, or it holds none
    category_id   text         not null, -- its name within the run
    kind          text         not null check (kind in ('category', 'out_of_scope')),
    category_name varchar(255) not null,
    definition    text         not null,
    product_count integer      not null default 0, -- after refinement
    unique (tenant, run_id, revision, category_name),
    unique (tenant, run_id, revision, category_id),
    foreign key (tenant, run_id, revision) references segmentation_runs on delete cascade
);

-- As the categories were found and merged.
create table product_segments (
    tenant      text        not null,
    run_id      varchar(64) not null,
    revision    integer     not null,
    product_id  bigint      not null references product,
    taxonomy_id bigint      not null references product_taxonomies on delete cascade,
    confidence  float8      check (confidence between 0 and 1),
    primary key (run_id, tenant, revision, product_id),
    foreign key (tenant, run_id, revision) references segmentation_runs on delete cascade
) partition by hash (run_id);
create index product_segments_taxonomy on product_segments (taxonomy_id);

-- After another look at those between two categories.
create table refined_product_segments (
    tenant      text        not null,
    run_id      varchar(64) not null,
    revision    integer     not null,
    product_id  bigint      not null references product,
    taxonomy_id bigint      not null references product_taxonomies on delete cascade,
    confidence  float8      check (confidence between 0 and 1),
    moved       boolean     not null default false,
    primary key (run_id, tenant, revision, product_id),
    foreign key (tenant, run_id, revision) references segmentation_runs on delete cascade
) partition by hash (run_id);
create index refined_product_segments_taxonomy on refined_product_segments (taxonomy_id);

do $$
begin
    for part in 0..7 loop
        execute format('create table run_products_%s partition of run_products for values with (modulus 8, remainder %s)', part, part);
        execute format('create table product_segments_%s partition of product_segments for values with (modulus 8, remainder %s)', part, part);
        execute format('create table refined_product_segments_%s partition of refined_product_segments for values with (modulus 8, remainder %s)', part, part);
    end loop;
end $$;

-- The calls of a run: a batch of products, a merge of taxonomies, a batch that is refined.
create table step (
    tenant      text        not null,
    run_id      varchar(64) not null,
    revision    integer     not null,
    phase       text        not null check (phase in ('segmentation', 'consolidate_taxonomy', 'refine_assignments')),
    number      integer     not null, -- of the batch, or of the merge, within its phase
    level       integer     not null default 0, -- of the tree of merges
    state       text        not null default 'open' check (state in ('open', 'done', 'failed')),
    input       jsonb       not null, -- a reference: what was asked about
    result      jsonb, -- a reference: what came of it
    products    integer     not null default 0,
    made_by     text        check (made_by in ('model', 'names')), -- names: the fallback
    repaired    integer     not null default 0, -- answers that were not good enough, before the one that was
    rolled_back boolean     not null default false,
    score_before float8, -- mean margin of the products of the batch; null: not measured
    score_after  float8,
    moved       integer     not null default 0,
    code        text,
    words       text,
    primary key (tenant, run_id, revision, phase, number),
    foreign key (tenant, run_id, revision) references segmentation_runs on delete cascade
);

-- Equal taxonomies of a category of products have one number, whichever run found them.
create table taxonomy_version (
    tenant   text        not null,
    category text        not null,
    version  integer     not null,
    sha256   text        not null,
    run_id   varchar(64) not null, -- the first that found it
    made_at  timestamptz not null default now(),
    primary key (tenant, category, version),
    unique (tenant, category, sha256)
);

-- The number of the run's taxonomy; numbers of a category are given one at a time.
create function take_taxonomy_version(p_tenant text, p_run text, p_revision integer, p_sha256 text) returns integer
language plpgsql as $$
declare
    kind text;
    found integer;
begin
    select category into strict kind from segmentation_runs where (tenant, id, revision) = (p_tenant, p_run, p_revision);
    perform pg_advisory_xact_lock(hashtextextended('assort.taxonomy.' || p_tenant || '/' || kind, 0));
    select version into found from taxonomy_version
        where (tenant, category, sha256) = (p_tenant, kind, p_sha256);
    if found is null then
        insert into taxonomy_version (tenant, category, version, sha256, run_id)
        select p_tenant, kind, coalesce(max(version), 0) + 1, p_sha256, p_run from taxonomy_version
            where (tenant, category) = (p_tenant, kind)
        returning version into found;
    end if;
    return found;
end $$;

-- How each revision ended.
create table segmentation_outcome (
    tenant       text        not null,
    run_id       varchar(64) not null,
    revision     integer     not null,
    status       text        not null,
    counts       jsonb       not null,
    cost         jsonb       not null,
    segmentation jsonb, -- a reference
    outcome      jsonb, -- a reference; null: nothing can be accounted for
    finished_at  timestamptz not null default now(),
    primary key (tenant, run_id, revision)
);
