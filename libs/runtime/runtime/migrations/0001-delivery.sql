-- depends:

-- One row per revision of a run that this stage has heard of.
create table run (
    tenant     text        not null,
    run_id     text        not null,
    revision   integer     not null,
    state      text        not null default 'active' check (state in ('active', 'paused', 'cancelled', 'closed')),
    expected   integer, -- null until the manifest is here
    closing    boolean     not null default false, -- its closing is in the inbox
    created_at timestamptz not null default now(),
    closed_at  timestamptz,
    primary key (tenant, run_id, revision)
);
create index run_open on run (tenant, run_id, revision) where expected is not null and not closing;

-- Everything accepted for work: events, and tasks that the stage gave itself.
create table inbox (
    event_id    uuid        primary key,
    seq         bigint      generated always as identity,
    tenant      text        not null,
    run_id      text        not null, -- '' for work that belongs to no run
    revision    integer     not null,
    name        text        not null, -- topic of an event, name of a task
    member_id   text, -- set where the run waits for this row
    value       bytea       not null,
    sha256      bytea       not null,
    traceparent text        not null,
    state       text        not null default 'pending'
        check (state in ('pending', 'leased', 'done', 'failed', 'cancelled', 'buried')),
    due_at      timestamptz not null default now(), -- pending: not before; leased: until
    token       uuid,
    crashes     integer     not null default 0, -- attempts that ended without a word, or in an error nobody named
    parks       integer     not null default 0, -- waits for the world; they use up no attempt
    reason      text, -- why it waits, or why it failed
    received_at timestamptz not null default now(),
    done_at     timestamptz
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
create index inbox_open on inbox (tenant, run_id, revision, seq) where state in ('pending', 'leased');
create index inbox_done on inbox (done_at) where state = 'done';

-- What a run waits for. A stray row that no manifest named keeps expected = false and counts for nothing.
create table member (
    tenant    text    not null,
    run_id    text    not null,
    revision  integer not null,
    member_id text    not null,
    expected  boolean not null default false,
    state     text    not null default 'pending' check (state in ('pending', 'done', 'failed', 'cancelled')),
    made_by   integer not null, -- the revision whose work counts
    event_id  uuid, -- the inbox row that did it
    code      text,
    words     text,
    primary key (tenant, run_id, member_id, revision)
);
create index member_pending on member (tenant, run_id, revision) where expected and state = 'pending';

-- Events to publish: written with the work that they tell of.
create table outbox (
    id         bigint      generated always as identity primary key,
    event_id   uuid        not null unique,
    topic      text        not null,
    key        bytea       not null,
    value      bytea       not null,
    headers    jsonb       not null,
    created_at timestamptz not null default now(),
    sent_at    timestamptz
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
create index outbox_unsent on outbox (id) where sent_at is null;
create index outbox_sent on outbox (sent_at) where sent_at is not null;

-- What can never be processed as it is, byte for byte.
create table dead_letter (
    letter_id uuid        primary key,
    tenant    text        not null,
    run_id    text        not null default '',
    revision  integer     not null default 0,
    topic     text        not null,
    place     text        not null, -- topic[partition]@offset, or inbox
    event_id  uuid, -- the inbox row, where it got that far
    key       bytea,
    value     bytea, -- null: the record had none
    headers   jsonb       not null default '[]', -- [name, base64] pairs
    timestamp_ms bigint   not null default 0,
    code      text        not null,
    words     text        not null,
    state     text        not null default 'dead' check (state in ('dead', 'replayed', 'dropped')),
    replays   integer     not null default 0,
    buried_at timestamptz not null default now()
);

-- Why the stage as a whole stands still, if it does.
create table gate (
    name   text        primary key, -- credentials | flood
    reason text        not null,
    since  timestamptz not null default now()
);
