-- depends: 0002-views

-- What was asked, and what is needed to propose a package again in a later revision.
alter table package
    add column prompt_version integer,
    add column deals          jsonb; -- reference of the cluster's bodies; null: made before this column

create index excluded_deal_by_package on excluded_deal (tenant, run_id, package_id);

-- Which packages a cluster became when it was packaged in a revision. A package that an earlier revision had
-- already has no row of this revision in `package`: it is not proposed again.
create table cluster_package (
    tenant     text    not null,
    run_id     text    not null,
    revision   integer not null, -- the one that packaged the cluster
    cluster_id uuid    not null,
    package_id uuid    not null,
    kind       text    not null check (kind in ('package', 'excluded')),
    primary key (tenant, run_id, revision, cluster_id, package_id)
);
create index cluster_package_by_package on cluster_package (tenant, run_id, package_id);

insert into cluster_package (tenant, run_id, revision, cluster_id, package_id, kind)
select tenant, run_id, revision, cluster_id, package_id, kind from package;

-- How well the model answered about a cluster.
create table packed_cluster (
    tenant          text    not null,
    run_id          text    not null,
    revision        integer not null, -- the one that packaged it
    cluster_id      uuid    not null,
    deals           integer not null,
    named_ids       integer not null, -- in the model's first answer, those that are there twice counted twice
    invented_ids    integer not null, -- of these, ids that it was not given
    forgotten_ids   integer not null, -- deals of which the answer that counts says nothing
    packages        integer not null,
    dropped_members integer not null, -- taken out of proposals, so that the others keep the rules
    repaired        boolean not null, -- it is not the first answer that counts
    model           text    not null,
    prompt_version  integer,
    primary key (tenant, run_id, revision, cluster_id)
);

-- What the manifest of clusters said of the run.
alter table clustering
    add column clusters   uuid[] not null default '{}',
    add column redo       text   not null default 'nothing',
    add column enrichment jsonb, -- settings; null: made before this column
    add column budget_usd double precision;


create or replace view read.packages_v1 as
select tenant, run_id, package_id, cluster_id, revision, kind, package_name, deal_ids, reasoning, model, created_at,
       prompt_version
from package;

create view read.cluster_packages_v1 as
select tenant, run_id, revision, cluster_id, package_id, kind from cluster_package;

create view read.packager_clusters_v1 as
select tenant, run_id, revision, cluster_id, deals, named_ids, invented_ids, forgotten_ids, packages, dropped_members,
       repaired, model, prompt_version
from packed_cluster;

do $$
begin
    if exists (select from pg_roles where rolname = 'assort_read') then
        grant select on read.packages_v1, read.cluster_packages_v1, read.packager_clusters_v1 to assort_read;
    end if;
end $$;
