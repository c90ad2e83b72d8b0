-- One word for one thing: what to do about an alert is its remedy.
alter table voxport_ops.alerts rename column mend to remedy;
-- Under its old name for one release, for queries that stand in dashboards.
alter table voxport_ops.alerts add column mend text generated always as (remedy) stored;
comment on column voxport_ops.alerts.mend is 'The same as remedy, under its name before 0.2; goes with the next release';
