-- depends:

-- An order as it now is. A withdrawn one keeps its row, so that what is older cannot bring it back.
create table placed_order (
    tenant         text     not null,
    order_name     text     not null, -- store/order_id
    withdrawn      boolean  not null default true,
    version        bigint,
    timestamp_ms   bigint   not null default -1, -- of the record that made this state
    record_offset  bigint   not null default -1,
    content_sha256 text,
    store          text,
    order_id       text,
    placed_ms      bigint,
    currency       text,
    visitor        text,
    cancelled      boolean  not null default false,
    product_ids    text[],
    quantities     float8[],
    amounts        float8[], -- NaN: not said
    primary key (tenant, order_name)
);
create index placed_order_store on placed_order (tenant, store) where not withdrawn and not cancelled;
create index placed_order_visitor on placed_order (tenant, store, visitor) where visitor is not null;

create table upload (
    tenant        text        not null,
    csv_upload_id uuid        not null,
    received      jsonb       not null, -- upload.received
    told          jsonb, -- upload.read; null: not read yet
    received_at   timestamptz not null default now(),
    told_at       timestamptz,
    primary key (tenant, csv_upload_id)
);

-- One row for each revision of a run.
create table bundle_run (
    tenant      text        not null,
    run_id      varchar(64) not null,
    revision    integer     not null,
    store       text        not null,
    frozen      jsonb       not null, -- the event that it began with
    plan        jsonb       not null,
    book        jsonb, -- a reference; null: no orders
    as_of_ms    bigint      not null,
    spent_ms    integer     not null, -- before its orders were mined
    code        text, -- why it could not even begin
    words       text,
    finished    jsonb, -- run.finished; null: not over
    told        boolean     not null default false, -- not: names of bundles are waited for
    record      jsonb, -- what was weighed, tried, rejected and chosen
    created_at  timestamptz not null default now(),
    finished_at timestamptz,
    primary key (tenant, run_id, revision)
);
create index bundle_run_store on bundle_run (tenant, store, created_at);

create table mined (
    tenant      text        not null,
    run_id      varchar(64) not null,
    revision    integer     not null,
    number      integer     not null,
    pairs       jsonb, -- a reference; null: they could not be counted
    complete    boolean     not null,
    duration_ms integer     not null,
    code        text        not null default '',
    primary key (tenant, run_id, revision, number),
    foreign key (tenant, run_id, revision) references bundle_run on delete cascade
);

create table bundle (
    tenant      text        not null,
    run_id      varchar(64) not null,
    revision    integer     not null,
    rank        integer     not null,
    bundle_id   uuid        not null,
    store       text        not null,
    bundle      jsonb       not null,
    name        text        not null,
    description text        not null,
    named_by    text        not null default 'template' check (named_by in ('template', 'model')),
    primary key (tenant, run_id, revision, bundle_id),
    foreign key (tenant, run_id, revision) references bundle_run on delete cascade
);
create index bundle_by_id on bundle (tenant, bundle_id);

-- What a combo of a store takes: an average in which later runs count more.
create table combo_cost (
    tenant    text    not null,
    store     text    not null,
    objective text    not null,
    type      text    not null,
    cost_ms   float8  not null,
    runs      integer not null,
    primary key (tenant, store, objective, type)
);

create table feedback (
    tenant       text        not null,
    store        text        not null,
    feedback_id  text        not null,
    kind         text        not null check (kind in ('viewed', 'added', 'purchased')),
    bundle_id    uuid        not null,
    visitor      text        not null,
    arm          text        check (arm in ('treatment', 'control')),
    at           timestamptz not null,
    order_id     text,
    bundle_value float8,
    order_value  float8,
    currency     text,
    primary key (tenant, store, feedback_id)
);
create index feedback_exposure on feedback (tenant, store, bundle_id, visitor);

create view read.orders_v1 as
select tenant, store, order_id, version, withdrawn, cancelled, to_timestamp(placed_ms / 1000.0) as placed_at, currency,
       cardinality(product_ids) as lines
from placed_order;

create view read.uploads_v1 as
select tenant, csv_upload_id, received ->> 'store' as store, received ->> 'by' as by, told is not null as is_read,
       told ->> 'refused' as refused, told -> 'products' as products, told -> 'orders' as orders,
       told -> 'product_report' as product_report, told -> 'order_report' as order_report, received_at, told_at
from upload;

create view read.bundle_runs_v1 as
select tenant, run_id, revision, store, frozen -> 'bundles' as brief, frozen -> 'snapshot' as snapshot, plan, book as orders,
       to_timestamp(as_of_ms / 1000.0) as as_of, record, finished -> 'outcome' as outcome, finished ->> 'status' as status,
       finished -> 'counts' as counts, finished -> 'cost' as cost,
       created_at, finished_at
from bundle_run;

create view read.bundles_v1 as
select b.tenant, b.run_id, b.revision, b.rank, b.bundle_id, b.store, b.bundle ->> 'kind' as type,
       b.bundle ->> 'objective' as objective, b.bundle ->> 'method' as method,
       (b.bundle ->> 'cold_start')::boolean as cold_start, (b.bundle ->> 'price')::float8 as price,
       (b.bundle #>> '{score,hybrid}')::float8 as score, b.name, b.description, b.named_by, b.bundle
from bundle b;

create view read.combo_costs_v1 as
select tenant, store, objective, type, cost_ms, runs from combo_cost;

create view read.bundle_feedback_v1 as
select tenant, store, feedback_id, kind, bundle_id, visitor, arm, at, order_id, bundle_value, order_value, currency
from feedback;

-- A visitor in both arms proves nothing and is left out: `arms` says 2.
create view bundle_visitor as
select v.tenant, v.store, v.visitor, v.arm, v.arms, v.viewed_at, coalesce(o.orders, 0) as orders,
       coalesce(o.value, 0) as value
from (
    select tenant, store, visitor, min(arm) as arm, count(distinct arm) as arms, min(at) as viewed_at
    from feedback where kind = 'viewed' group by tenant, store, visitor
) v
left join lateral (
    select count(*) as orders, sum(total.value) as value
    from placed_order o
    cross join lateral (select sum(amount) as value from unnest(o.amounts) as amount) total
    where o.tenant = v.tenant and o.store = v.store and o.visitor = v.visitor
        and not o.withdrawn and not o.cancelled and total.value <> 'NaN'
        and o.placed_ms >= extract(epoch from v.viewed_at) * 1000
) o on true;

create view bundle_exposure as
select v.tenant, v.store, v.bundle_id, v.visitor, v.arm, v.viewed_at, b.objective,
       exists (
           select from feedback f
           where (f.tenant, f.store, f.bundle_id, f.visitor) = (v.tenant, v.store, v.bundle_id, v.visitor)
               and f.kind in ('added', 'purchased')
       ) as added,
       bought.times > 0 as purchased,
       bought.times > 0 or exists (
           select from placed_order o
           where o.tenant = v.tenant and o.store = v.store and o.visitor = v.visitor
               and not o.withdrawn and not o.cancelled and o.product_ids @> b.product_ids
               and o.placed_ms >= extract(epoch from v.viewed_at) * 1000
       ) as attached,
       coalesce(bought.revenue, 0) as revenue
from (
    select tenant, store, bundle_id, visitor, min(arm) as arm, min(at) as viewed_at
    from feedback where kind = 'viewed' group by tenant, store, bundle_id, visitor
    having count(distinct arm) = 1
) v
join lateral (
    select bundle ->> 'objective' as objective,
           array(select jsonb_array_elements(bundle -> 'items') ->> 'product_id') as product_ids
    from bundle where (tenant, bundle_id) = (v.tenant, v.bundle_id) limit 1
) b on true
cross join lateral (
    select count(*) as times, sum(f.bundle_value) as revenue from feedback f
    where (f.tenant, f.store, f.bundle_id, f.visitor) = (v.tenant, v.store, v.bundle_id, v.visitor)
        and f.kind = 'purchased'
) bought;

create view read.bundle_visitors_v1 as
select tenant, store, visitor, arm, arms, viewed_at, orders, value from bundle_visitor;

create view read.bundle_exposures_v1 as
select tenant, store, bundle_id, visitor, arm, viewed_at, objective, added, purchased, attached, revenue
from bundle_exposure;

do $$
begin
    if exists (select from pg_roles where rolname = 'assort_read') then
        grant usage on schema read to assort_read;
        grant select on read.orders_v1, read.uploads_v1, read.bundle_runs_v1, read.bundles_v1, read.combo_costs_v1,
            read.bundle_feedback_v1, read.bundle_visitors_v1, read.bundle_exposures_v1 to assort_read;
    end if;
end $$;
