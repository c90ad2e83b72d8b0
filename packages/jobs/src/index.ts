export {
  fetchConversationJobId,
  fetchRecordingJobId,
  listPageJobId,
  queueName,
  readJobId,
  type JobName,
  type JobPayloads,
  type QueueKind,
} from './catalog.ts';
export {
  consume,
  type Consumer,
  type ConsumeOptions,
  type Handlers,
  type JobContext,
  type JobEnd,
  type JobReference,
} from './consume.ts';
export { openQueue, type VoxportQueue } from './open-queue.ts';
export { migrateQueue } from './migrate-queue.ts';
export { enqueuedMax } from './queue-room.ts';
export { storeFailure } from './store-failure.ts';
export { openEngine, type Engine, type EngineOptions } from './engine.ts';
export {
  loadSlots,
  openProducer,
  type EnqueuedConversation,
  type Producer,
  type Repetition,
  type Schedules,
  type WantedRecordingJob,
} from './producer.ts';
export { type QueueDepth, type QueueState } from './read-queue.ts';
export { isRedisUrl } from './redis-address.ts';
export { inspectRedis, type RedisInspection } from './inspect-redis.ts';
export type { StoreMemory } from './store-memory.ts';
