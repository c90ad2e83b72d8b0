import type { Repetition } from '@voxport/jobs';
import type { Schedule } from '@voxport/runtime';

/** A source's schedule as the queue takes it. */
export function repetition(schedule: Schedule): Repetition {
  if ('everySecs' in schedule) return { every: schedule.everySecs * 1000 };
  return { pattern: schedule.cron, ...(schedule.timezone === null ? {} : { tz: schedule.timezone }) };
}
