-- Those that failed are looked for where a source has never given a detail, and are few: not among everything that is known.
create index inventory_failed on voxport_ops.inventory (source_id) where state = 'failed';
