-- depends: 0002-views

-- The input of a revision, cut into cells.
create table partition (
    tenant        text        not null,
    run_id        text        not null,
    revision      integer     not null,
    frozen        jsonb       not null, -- the event items.frozen
    cells         integer     not null,
    base_revision integer, -- whose clusters were kept; null: clustered anew
    changed_deals integer, -- since then
    code          text, -- why all its deals have failed; null: they have not
    words         text,
    created_at    timestamptz not null default now(),
    primary key (tenant, run_id, revision)
);

-- What each cell became.
create table cell (
    tenant   text    not null,
    run_id   text    not null,
    revision integer not null,
    number   integer not null,
    result   jsonb   not null, -- a reference
    clusters integer not null,
    left_out integer not null, -- deals that fit in no cluster
    primary key (tenant, run_id, revision, number)
);
