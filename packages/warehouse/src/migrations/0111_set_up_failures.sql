-- A source whose list shows conversations and that has never given a detail has one failure for all of them.
comment on column voxport_ops.failures.conversation_id is 'The conversation, where one is concerned; null for a listing, and (stage fetch) where the source has never given the detail of any conversation';
comment on column voxport_ops.failures.resolution is 'How it ended: recovered, retried, discarded or divided (into the failures of single conversations)';
comment on column voxport_ops.inventory.load_outcome is 'What the last load did: inserted, updated, unchanged or older; recheck_failed where what is loaded could not be fetched again';
