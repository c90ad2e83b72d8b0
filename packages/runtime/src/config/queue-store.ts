import type { Config } from './config.ts';

/** Where the queue's store is, and the setting that it stands in, for messages. */
export interface QueueStore {
  readonly queueUrl: string;
  readonly settingName: string;
}

/** Finds it: as configured, or in the warehouse's own database, whose URL as resolved is given. */
export function queueStore(
  { queueUrl, queueSettingName }: Pick<Config, 'queueUrl' | 'queueSettingName'>,
  databaseUrl: string,
): QueueStore {
  if (queueUrl === null) return { queueUrl: databaseUrl, settingName: 'DATABASE_URL' };
  return { queueUrl, settingName: queueSettingName ?? 'QUEUE_URL' };
}
