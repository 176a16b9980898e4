-- depends:

-- What a run may spend and has spent. Calls under way count in full: `spent_usd` only shrinks when one turns out cheaper.
create table llm.budget (
    tenant    text    not null,
    run_id    text    not null,
    limit_usd numeric, -- null: none
    spent_usd numeric not null default 0,
    primary key (tenant, run_id)
);

-- One row per call that may cost something. One that is never settled stays charged: it may have been paid for.
create table llm.reservation (
    call_id     uuid        primary key,
    tenant      text        not null,
    run_id      text        not null,
    usd         numeric     not null, -- the most that it can cost
    expires_at  timestamptz not null, -- nobody waits for its answer any more
    settled_usd numeric,
    settled_at  timestamptz
);
create index reservation_open on llm.reservation (tenant, run_id) where settled_at is null;

-- The provider's limits, shared by all workers.
create table llm.bucket (
    provider      text             primary key,
    requests      double precision, -- what is left; null: full
    tokens        double precision, -- may fall below zero: what one call takes is not known before
    filled_at     timestamptz      not null default clock_timestamp(),
    allowed       double precision, -- calls at once, after what the provider said; null: as many as are set
    cut_at        timestamptz      not null default '-infinity',
    blocked_until timestamptz      not null default '-infinity'
) with (fillfactor = 50);

create table llm.slot (
    slot_id    uuid        primary key,
    provider   text        not null,
    expires_at timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Points to the files; a row is written after its file and can be made again from it.
create table llm.llm_interaction_index (
    id                   bigint      generated always as identity primary key,
    run_id               text        not null,
    interaction_type     text        not null,
    batch_id             integer,
    attempt              integer     not null,
    file_path            text        not null unique,
    prompt_file          text        not null,
    cache_key            text        not null,
    created_at           timestamptz not null default now(),
    tenant               text        not null,
    revision             integer     not null,
    stage                text        not null,
    entity               text        not null,
    sample               integer     not null,
    model                text        not null,
    fallback_for         text,
    call_id              uuid, -- null: nothing was paid for it
    sha256               text        not null, -- of the file
    bytes                bigint      not null,
    prompt_tokens        bigint      not null,
    cached_prompt_tokens bigint      not null,
    completion_tokens    bigint      not null,
    cost_usd             numeric, -- null: not known
    cost_known           boolean     not null,
    saved_usd            numeric, -- by a stored answer
    cached               boolean     not null,
    status               text        not null check (status in ('answered', 'bad', 'failed')),
    error_code           text,
    duration_ms          bigint      not null,
    started_at           timestamptz not null
);
create index llm_interaction_run on llm.llm_interaction_index (tenant, run_id, stage);

create function llm.reserve(
    p_call uuid, p_tenant text, p_run text, p_usd numeric, p_limit numeric, p_seconds double precision,
    out granted boolean, out limit_usd numeric, out spent_usd numeric
) language plpgsql as $$
begin
    insert into llm.budget as b (tenant, run_id, limit_usd) values (p_tenant, p_run, p_limit)
        on conflict (tenant, run_id) do update set limit_usd = p_limit where b.limit_usd is null and p_limit is not null;
    select b.limit_usd, b.spent_usd into limit_usd, spent_usd
        from llm.budget b where (b.tenant, b.run_id) = (p_tenant, p_run) for update;
    granted := limit_usd is null or (limit_usd > 0 and p_usd is not null and spent_usd + p_usd <= limit_usd);
    if granted then
        if limit_usd is null then
            perform set_config('synchronous_commit', 'off', true); -- nothing rests on it
        end if;
        update llm.budget b set spent_usd = b.spent_usd + coalesce(p_usd, 0)
            where (b.tenant, b.run_id) = (p_tenant, p_run);
        insert into llm.reservation (call_id, tenant, run_id, usd, expires_at)
            values (p_call, p_tenant, p_run, coalesce(p_usd, 0), clock_timestamp() + make_interval(secs => p_seconds));
    end if;
end $$;

-- Twice is the same as once. A null price leaves charged what was reserved.
create function llm.settle(p_call uuid, p_usd numeric) returns void language sql as $$
    with settled as (
        update llm.reservation set settled_at = clock_timestamp(), settled_usd = coalesce(p_usd, usd)
        where call_id = p_call and settled_at is null
        returning tenant, run_id, settled_usd - usd as difference
    )
    update llm.budget b set spent_usd = b.spent_usd + s.difference
    from settled s where (b.tenant, b.run_id) = (s.tenant, s.run_id);
$$;

-- 0: the slot is taken. Else: how many seconds to wait before it makes sense to try again.
create function llm.take_slot(
    p_provider text, p_slot uuid, p_concurrency integer, p_requests_per_minute double precision,
    p_tokens_per_minute double precision, p_tokens double precision, p_seconds double precision
) returns double precision language plpgsql as $$
declare
    -- A sixth of a minute's worth may go at once; more would let two full minutes meet in one.
    full_requests constant double precision := greatest(p_requests_per_minute / 6, 1);
    full_tokens constant double precision := p_tokens_per_minute / 6;
    b llm.bucket;
    moment timestamptz;
    elapsed double precision;
    wait double precision;
begin
    perform set_config('synchronous_commit', 'off', true); -- slots need not outlive a crash of the database
    insert into llm.bucket (provider) values (p_provider) on conflict do nothing;
    select * into b from llm.bucket where provider = p_provider for update;
    moment := clock_timestamp();
    elapsed := greatest(extract(epoch from moment - b.filled_at), 0);
    -- least() passes over nulls: an empty reading means full.
    b.requests := least(full_requests, b.requests + elapsed * p_requests_per_minute / 60);
    b.tokens := least(full_tokens, b.tokens + elapsed * p_tokens_per_minute / 60);
    wait := greatest(
        case when b.blocked_until > moment then extract(epoch from b.blocked_until - moment) end,
        (1 - b.requests) * 60 / p_requests_per_minute,
        (1 - b.tokens) * 60 / p_tokens_per_minute,
        case when (select count(*) from llm.slot where provider = p_provider and expires_at > moment)
            >= floor(least(b.allowed, p_concurrency)) then 0.05 end,
        0
    );
    if wait > 0 then
        return wait;
    end if;
    update llm.bucket set requests = b.requests - 1, tokens = b.tokens - p_tokens, filled_at = moment
        where provider = p_provider;
    delete from llm.slot where provider = p_provider and expires_at < moment;
    insert into llm.slot values (p_slot, p_provider, moment + make_interval(secs => p_seconds));
    return 0;
end $$;

-- Additive increase, multiplicative decrease; one cut a second, because calls that fail together say the same thing.
create function llm.give_slot_back(
    p_provider text, p_slot uuid, p_concurrency integer, p_tokens_left double precision,
    p_outcome text, p_block_seconds double precision
) returns void language plpgsql as $$
begin
    perform set_config('synchronous_commit', 'off', true);
    delete from llm.slot where slot_id = p_slot;
    if p_outcome = 'overload' then
        update llm.bucket set
            allowed = case when cut_at < clock_timestamp() - interval '1 second'
                then greatest(1, least(allowed, p_concurrency) / 2) else allowed end,
            cut_at = case when cut_at < clock_timestamp() - interval '1 second'
                then clock_timestamp() else cut_at end,
            blocked_until = greatest(blocked_until, clock_timestamp() + make_interval(secs => p_block_seconds))
        where provider = p_provider;
    else
        update llm.bucket set
            tokens = tokens + p_tokens_left,
            allowed = case when p_outcome = 'answered' then least(p_concurrency, allowed + 1 / allowed)
                else allowed end
        where provider = p_provider and (tokens is not null or allowed < p_concurrency);
    end if;
end $$;
