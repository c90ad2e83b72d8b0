comment on column voxport_ops.schema_drift.kind is 'unknown_key, changed_type, new_value, unstorable_text or missing_items (fewer turns than the list row counts messages)';
