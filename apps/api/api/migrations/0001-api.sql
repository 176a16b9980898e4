-- depends:

-- Who may ask. Of a key itself only its hash is kept.
create table api_key (
    key_id      text        primary key, -- the public part of the key
    tenant      text        not null,
    name        text        not null,
    sha256      bytea       not null,
    scopes      text[]      not null check (scopes <@ array['read', 'run', 'admin'] and cardinality(scopes) > 0),
    per_minute  integer     not null check (per_minute > 0),
    tokens      float8, -- what is left of the minute's requests; null: all
    filled_at   timestamptz not null default clock_timestamp(),
    created_at  timestamptz not null default now(),
    created_by  text        not null default '', -- another key; empty: the command line
    disabled_at timestamptz
) with (fillfactor = 50);
create index api_key_tenant on api_key (tenant, created_at, key_id);

-- What a request that is sent again is answered with.
create table idempotency (
    key_id          text        not null references api_key,
    idempotency_key text        not null,
    fingerprint     bytea       not null, -- of method, path and body
    response        jsonb, -- null only within the transaction that makes it
    created_at      timestamptz not null default now(),
    primary key (key_id, idempotency_key)
);
create index idempotency_age on idempotency (created_at);

-- Revisions of runs that were asked for here. The ledger hears of them later.
create table requested (
    tenant       text        not null,
    run_id       text        not null,
    revision     integer     not null,
    kind         text        not null,
    total        integer, -- items that were asked for; null: all that are offered
    request      jsonb       not null, -- without the ids
    requested_by text        not null, -- name of the key
    requested_at timestamptz not null default now(),
    primary key (tenant, run_id, revision)
);

-- Who changed what.
create table audit (
    id              bigint      generated always as identity primary key,
    at              timestamptz not null default now(),
    tenant          text        not null,
    action          text        not null, -- start, cancel, retry, key.create, key.disable
    kind            text, -- of the run
    run_id          text,
    revision        integer,
    key_id          text, -- who asked; null: the command line
    key_name        text        not null,
    idempotency_key text,
    client          text        not null default '', -- address
    detail          jsonb       not null default '{}'
);
create index audit_of_run on audit (tenant, run_id, revision);
create index audit_of_tenant on audit (tenant, id);

-- One request of a key: who it is, and how many seconds it has to wait. All columns null: no such key.
create function let_in(
    p_key text, p_sha256 bytea, out o_tenant text, out o_name text, out o_scopes text[], out o_disabled boolean,
    out o_wait float8
) language plpgsql as $$
declare
    k api_key;
    have float8;
    moment timestamptz;
begin
    perform set_config('synchronous_commit', 'off', true); -- a count need not outlive a crash of the database
    select * into k from api_key a where a.key_id = p_key and a.sha256 = p_sha256 for update;
    if not found then
        return;
    end if;
    moment := clock_timestamp();
    have := least(
        k.per_minute,
        coalesce(k.tokens, k.per_minute) + greatest(extract(epoch from moment - k.filled_at), 0) * k.per_minute / 60.0
    );
    o_tenant := k.tenant;
    o_name := k.name;
    o_scopes := k.scopes;
    o_disabled := k.disabled_at is not null;
    o_wait := greatest(0, (1 - have) * 60.0 / k.per_minute);
    if o_wait = 0 and not o_disabled then
        update api_key a set tokens = have - 1, filled_at = moment where a.key_id = p_key;
    end if;
end $$;
