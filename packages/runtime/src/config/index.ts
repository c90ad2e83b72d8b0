export { ConfigError } from './config-error.ts';
export { loadConfig, type LoadConfigOptions } from './load-config.ts';
export { secretsOf } from './secrets-of.ts';
export { queueStore, type QueueStore } from './queue-store.ts';
