-- depends: 0001-delivery

-- What the rest of the world may read of this stage. The schema's name is the stage's.
do $$
declare
    stage text := current_schema();
begin
    execute format('create schema if not exists read');
    execute format($view$
        create or replace view read.%I as
        select r.tenant, r.run_id, r.revision, r.state, r.expected, r.created_at, r.closed_at,
               count(m.*) filter (where m.state = 'done') as done,
               count(m.*) filter (where m.state = 'failed') as failed,
               count(m.*) filter (where m.state = 'cancelled') as cancelled,
               count(m.*) filter (where m.state = 'pending') as pending
        from run r left join member m
          on (m.tenant, m.run_id, m.revision) = (r.tenant, r.run_id, r.revision) and (m.expected or r.expected is null)
        group by r.tenant, r.run_id, r.revision
    $view$, stage || '_runs_v1');
    execute format($view$
        create or replace view read.%I as
        select tenant, run_id, revision, member_id, state, made_by, code, words from member where expected
    $view$, stage || '_members_v1');
    execute format($view$
        create or replace view read.%I as
        select tenant, run_id, revision, name, state, reason, crashes, parks, due_at, received_at, done_at from inbox
    $view$, stage || '_inbox_v1');
    execute format($view$
        create or replace view read.%I as
        select letter_id, tenant, run_id, revision, topic, place, key, value, headers, code, words, state, replays, buried_at
        from dead_letter
    $view$, stage || '_letters_v1');
    execute format('create or replace view read.%I as select name, reason, since from gate', stage || '_gates_v1');
    execute format($view$
        create or replace view read.%I as
        select count(*) filter (where sent_at is null) as unsent, min(created_at) filter (where sent_at is null) as oldest
        from outbox
    $view$, stage || '_outbox_v1');

    if exists (select from pg_roles where rolname = 'assort_read') then
        grant usage on schema read to assort_read;
        execute format(
            'grant select on read.%I, read.%I, read.%I, read.%I, read.%I, read.%I to assort_read',
            stage || '_runs_v1', stage || '_members_v1', stage || '_inbox_v1',
            stage || '_letters_v1', stage || '_gates_v1', stage || '_outbox_v1'
        );
    end if;
end $$;
