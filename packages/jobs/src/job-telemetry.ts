import type { Telemetry } from 'bullmq';

/** What BullMQ tells of each job's way, and what it puts into a job: a traceparent, and nothing else. */
export type JobTelemetry = Telemetry<object>;

/**
 * Opens BullMQ's tracing. It speaks to the tracer that the process has registered, so that one must be registered
 * before. Imported only when it is asked for: a process that does not trace loads nothing of it.
 */
export async function openJobTelemetry(): Promise<JobTelemetry> {
  const { BullMQOtel } = await import('bullmq-otel');
  return new BullMQOtel({ tracerName: 'voxport' });
}
