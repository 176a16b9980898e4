-- depends:

-- Every event that was seen, once.
create table event (
    event_id   uuid        primary key,
    topic      text        not null,
    tenant     text        not null,
    run_id     text        not null, -- '': it belongs to no run
    revision   integer     not null,
    entity     text        not null,
    cluster_id uuid, -- of packages
    sha256     text        not null, -- of the content, canonically written
    seen_at    timestamptz not null, -- when it was published
    repeated   integer     not null default 0,
    conflicts  integer     not null default 0 -- repetitions that said something else
);
create index event_of_run on event (tenant, run_id, revision, topic);
create index event_in_conflict on event (seen_at) where conflicts > 0;

-- One row for each revision of a run.
-- `run` is the runtime's table of the same stage: this one is what all stages said.
create table run_seen (
    tenant       text    not null,
    run_id       text    not null,
    revision     integer not null,
    kind         text,
    status       text, -- null: not over
    requested_at timestamptz,
    frozen_at    timestamptz,
    clustered_at timestamptz,
    packaged_at  timestamptz,
    finished_at  timestamptz,
    items        integer, -- all that was asked for
    clusters     integer,
    packages     integer, -- excluded packages count too
    counts       jsonb,
    cost         jsonb,
    settings     jsonb,
    budget_usd   double precision,
    words        text,
    primary key (tenant, run_id, revision)
);

-- Dead letters of all stages, as they were told.
create table buried (
    tenant     text        not null,
    letter_id  text        not null,
    stage      text        not null,
    code       text        not null,
    words      text        not null,
    place      text        not null,
    record_key text,
    sha256     text,
    bytes      bigint,
    buried_at  timestamptz not null,
    primary key (tenant, letter_id)
);
