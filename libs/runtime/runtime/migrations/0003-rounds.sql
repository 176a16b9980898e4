-- depends: 0002-views

-- How often the closer of the run has named further members instead of ending it.
alter table run add column rounds integer not null default 0;
