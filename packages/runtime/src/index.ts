export { defaultAlerts, type AlertReceiver, type AlertsConfig } from './config/alerts-config.ts';
export { ConfigError } from './config/config-error.ts';
export type {
  AudioConfig,
  Config,
  EntitiesConfig,
  HttpConfig,
  LogLevel,
  Schedule,
  SourceConfig,
  VerifySchedule,
} from './config/config.ts';
export { parseDurationSecs } from './config/duration.ts';
export { recordingDirectories } from './config/recording-directories.ts';
export { loadConfig, type LoadConfigOptions } from './config/load-config.ts';
export { queueStore, type QueueStore } from './config/queue-store.ts';
export { redactHash, type RedactSettings } from './config/redact-config.ts';
export { secret, type Secret } from './config/secret.ts';
export { secretsOf } from './config/secrets-of.ts';
export { storeSettings } from './config/store-settings.ts';
export { answerHealth, type HealthAnswer } from './health/answer-health.ts';
export type { Health, HealthReport } from './health/health.ts';
export type { Readiness, ReadinessReport } from './health/readiness.ts';
export { watchConsumption } from './health/watch-consumption.ts';
export { keepHeartbeat } from './keep-heartbeat.ts';
export { makeLandedBodies, type LandedBodies } from './landed-bodies.ts';
export { makeLogger, type Logger } from './logger.ts';
export { makeMetrics, type MetricDescription, type Metrics, type RenderedMetrics } from './metrics/metrics.ts';
export type { SourceMetrics } from './metrics/process-metrics.ts';
export type { Traces } from './traces/traces.ts';
export { shutdownSignal, type SignalSource } from './shutdown.ts';
export {
  openServiceContext,
  type OpenServiceContextOptions,
  type ServiceContext,
  type SourceContext,
} from './service-context.ts';
export type { MetError, Outages } from './outages.ts';
export { repeat } from './repeat.ts';
export { runService } from './run-service.ts';
export { openConfiguredSource } from './open-configured-source.ts';
export { makeSourceProbe, type ProbeVerdict, type SourceProbe } from './probe-source.ts';
export { proxiedFetch } from './proxied-fetch.ts';
