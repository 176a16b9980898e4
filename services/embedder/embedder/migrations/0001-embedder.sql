-- depends:

-- A deal as it now is. A withdrawn one keeps its row, so that what is older cannot bring it back.
create table item (
    tenant         text        not null,
    item_id        text        not null,
    withdrawn      boolean     not null default true,
    version        bigint, -- as published; null: the record had none, its time decides
    timestamp_ms   bigint      not null default -1, -- of the record that made this state
    record_offset  bigint      not null default -1,
    name           text        not null default '',
    body           bytea, -- canonical JSON; null: withdrawn
    content_sha256 text,
    text_sha256    text,
    updated_at     timestamptz not null default now(),
    primary key (tenant, item_id)
);
create index item_text on item (tenant, text_sha256) where not withdrawn;

-- Record keys under which a deal came, where they do not spell its name: a null value carries nothing but its key.
create table item_key (
    record_key text not null,
    tenant     text not null,
    item_id    text not null,
    primary key (record_key, tenant, item_id)
);

-- float32, little-endian, length 1. The first one written stays.
create table vector (
    tenant      text        not null,
    text_sha256 text        not null,
    model       text        not null,
    vector      bytea       not null,
    created_at  timestamptz not null default now(),
    primary key (tenant, text_sha256, model)
);

-- When a run was first heard of: its deals are waited for from here on.
create table request (
    tenant     text        not null,
    run_id     text        not null,
    first_seen timestamptz not null default now(),
    primary key (tenant, run_id)
);

-- The input of one revision of a run.
create table run_input (
    tenant          text        not null,
    run_id          text        not null,
    revision        integer     not null,
    state           text        not null check (state in ('selected', 'frozen', 'ended')), -- ended: without input
    request_sha256  text        not null,
    settings        jsonb       not null default '{}',
    budget_usd      float8,
    snapshot_key    text,
    snapshot_sha256 text,
    items           integer,
    failed          integer,
    excluded        integer,
    created_at      timestamptz not null default now(),
    frozen_at       timestamptz,
    primary key (tenant, run_id, revision)
);

create table shard (
    tenant   text    not null,
    run_id   text    not null,
    revision integer not null,
    shard_id text    not null,
    bodies   jsonb   not null, -- a reference
    item_ids text[]  not null,
    vectors  jsonb, -- a reference, in the row of the revision that made them
    primary key (tenant, run_id, revision, shard_id),
    foreign key (tenant, run_id, revision) references run_input
);

-- Deals that were asked for and are not in the selection.
create table unplaced (
    tenant   text    not null,
    run_id   text    not null,
    revision integer not null,
    item_id  text    not null,
    state    text    not null check (state in ('failed', 'excluded')),
    code     text    not null,
    words    text    not null,
    primary key (tenant, run_id, revision, item_id),
    foreign key (tenant, run_id, revision) references run_input
);
