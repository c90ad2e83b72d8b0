-- Whether a run's recordings have all been tried is asked with every sweep: not among those that are stored.
create index recordings_run_pending on voxport.recordings (wanted_run_id) where state = 'pending';
