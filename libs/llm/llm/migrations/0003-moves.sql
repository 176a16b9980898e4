-- depends: 0002-views

-- The log of a run on its way between the folder of this machine and a bucket.
create table llm.interaction_move (
    tenant     text        not null,
    run_id     text        not null,
    bucket     text        not null,
    state      text        not null check (state in ('copying', 'moved', 'returning', 'local')),
    begun_at   timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    primary key (tenant, run_id)
);

-- Every file of the log as it was found in the folder. What is here with `verified_at` was read back from the bucket.
create table llm.interaction_move_file (
    tenant      text   not null,
    run_id      text   not null,
    key         text   not null,
    sha256      text   not null,
    bytes       bigint not null,
    verified_at timestamptz,
    removed_at  timestamptz, -- from the folder
    primary key (tenant, run_id, key),
    foreign key (tenant, run_id) references llm.interaction_move on delete cascade
);

create view read.llm_interaction_moves_v1 as
select m.tenant, m.run_id, m.bucket, m.state,
       count(f.key) as files,
       coalesce(sum(f.bytes), 0)::bigint as bytes,
       count(f.verified_at) as verified,
       count(f.removed_at) as removed,
       m.begun_at, m.changed_at
from llm.interaction_move m
left join llm.interaction_move_file f on (f.tenant, f.run_id) = (m.tenant, m.run_id)
group by m.tenant, m.run_id;

do $$
begin
    if exists (select from pg_roles where rolname = 'assort_read') then
        grant select on read.llm_interaction_moves_v1 to assort_read;
    end if;
end $$;
