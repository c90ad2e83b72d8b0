-- Later looks at a conversation, erasure, changed filters, and lists that bring less than they promise.

comment on column voxport_ops.inventory.checks is 'How many later looks it has had: polls while the call was running, and second looks since it ended';

alter table voxport_ops.inventory add column erased_at timestamptz;
comment on column voxport_ops.inventory.erased_at is 'When its rows and payloads were deleted because the source deleted it (mirror_deletions); what lands for it while it is gone is not kept';

alter table voxport_ops.runs add column rechecked bigint;
comment on column voxport_ops.runs.rechecked is 'Conversations that were not listed but looked at again because a second look was due';

alter table voxport_ops.sources
  add column watermark_filters jsonb,
  add column watermark_since timestamptz;
comment on column voxport_ops.sources.watermark_filters is 'The list filters that the watermark holds for: with others, everything is listed again';
comment on column voxport_ops.sources.watermark_since is 'The first call start that the watermark holds for; null from the beginning';
-- A watermark of an earlier version holds for the filters of the windows that moved it.
update voxport_ops.sources s
set watermark_filters = w.filters, watermark_since = w.range_after
from (
  select distinct on (source_id) source_id, filters, first_value(range_after) over (partition by source_id order by range_after nulls first) as range_after
  from voxport_ops.windows where moves_watermark order by source_id, window_id desc
) w
where w.source_id = s.source_id;

alter table voxport_ops.windows
  add column pass_rows bigint not null default 0,
  add column total_count bigint,
  add column incomplete_listings integer not null default 0;
comment on column voxport_ops.windows.pass_rows is 'Rows that came since the listing last began from its start, those outside the window included';
comment on column voxport_ops.windows.total_count is 'How many rows the source says the window has, the least it said since the listing last began; null where it does not say';
comment on column voxport_ops.windows.incomplete_listings is 'How often the whole listing brought fewer rows than the source counts';
