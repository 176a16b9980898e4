-- depends:

-- No key on purpose: an effect that happens twice must show.
create table doubled (run_id text, revision int, name text, number int);
create table seen (name text primary key);
