-- depends: 0001-llm

create schema if not exists read;

create view read.llm_interactions_v1 as select * from llm.llm_interaction_index;

create view read.llm_cost_v1 as
select tenant, run_id, stage,
       count(*) filter (where call_id is not null and status <> 'failed') as calls,
       count(*) filter (where status = 'bad') as bad_answers,
       count(*) filter (where status = 'failed') as failed_calls,
       count(*) filter (where cached) as stored_answers,
       coalesce(sum(prompt_tokens) filter (where not cached), 0) as prompt_tokens,
       coalesce(sum(completion_tokens) filter (where not cached), 0) as completion_tokens,
       coalesce(sum(cost_usd), 0) as cost_usd,
       count(*) filter (where not cost_known) as unpriced_calls,
       coalesce(sum(saved_usd), 0) as saved_usd
from llm.llm_interaction_index
group by tenant, run_id, stage;

create view read.llm_budget_v1 as
select b.tenant, b.run_id, b.limit_usd, b.spent_usd,
       count(r.*) filter (where r.expires_at > clock_timestamp()) as calls_under_way,
       coalesce(sum(r.usd) filter (where r.expires_at > clock_timestamp()), 0) as reserved_usd,
       count(r.*) filter (where r.expires_at <= clock_timestamp()) as lost_calls,
       coalesce(sum(r.usd) filter (where r.expires_at <= clock_timestamp()), 0) as lost_usd
from llm.budget b
left join llm.reservation r on (r.tenant, r.run_id) = (b.tenant, b.run_id) and r.settled_at is null
group by b.tenant, b.run_id;

do $$
begin
    if exists (select from pg_roles where rolname = 'assort_read') then
        grant usage on schema read to assort_read;
        grant select on read.llm_interactions_v1, read.llm_cost_v1, read.llm_budget_v1 to assort_read;
    end if;
end $$;
