import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { JobEnd } from '@voxport/jobs';

/** One exchange with a source's API. */
export interface RequestEnd {
  readonly endpoint: string;
  /** Null when there was no answer. */
  readonly status: number | null;
  readonly durationMs: number;
  /** Body bytes as they came over the wire. */
  readonly bytes: number;
}

/** One committed batch of the loader. */
export interface LoadedBatch {
  /** How many payloads ended in which way. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Rows that were written, by table of schema `voxport`. */
  readonly rows: ReadonlyMap<string, number>;
  /** Things in the payloads that the mapping did not expect, by kind. */
  readonly drift: ReadonlyMap<string, number>;
  /** Payloads that were refused and stand in the failures, by class. */
  readonly refused: ReadonlyMap<string, number>;
  /** Payload bytes, decoded. */
  readonly bytes: number;
  readonly durationMs: number;
}

/** What the processes record about one source. Every label has few values: a source, a stage, a class; never an id. */
export interface SourceMetrics {
  readonly jobEnded: (job: JobEnd) => void;
  readonly requestEnded: (request: RequestEnd) => void;
  /** Counts a request as in flight until the function that it returns is called. */
  readonly requestStarted: () => () => void;
  /** Requests in flight that this process may have at present. */
  readonly shareChanged: (share: number) => void;
  readonly pageListed: (conversations: number) => void;
  readonly landed: (batch: { readonly payloads: number; readonly bytes: number; readonly storedBytes: number }) => void;
  readonly batchLoaded: (batch: LoadedBatch) => void;
  /** A webhook was answered; `outcome` is one of a few words, e.g. landed, ignored, refused. */
  readonly webhookReceived: (outcome: string) => void;
}

/** The stage under which a job is counted. The first three are those of `voxport_ops.failures`. */
const stages: Readonly<Record<string, string>> = {
  'list-page': 'list',
  'fetch-conversation': 'fetch',
  'load-landed': 'load',
  'fetch-recording': 'recording',
  'plan-requested': 'plan',
  'sync-source': 'sync',
  'sweep-source': 'sweep',
  'verify-source': 'verify',
};

const jobBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const requestBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const batchSizeBuckets = [1, 2, 5, 10, 20, 50, 100, 150, 200];

/**
 * Makes the metrics that a process records by itself. All of them are counts of this process: series of several
 * processes are added up.
 */
export function makeProcessMetrics(registry: Registry): (sourceId: string) => SourceMetrics {
  const registers = [registry];
  const jobs = new Counter({
    name: 'voxport_jobs_total',
    help: 'Attempts at jobs that ended in this process, by outcome',
    labelNames: ['source', 'stage', 'outcome'],
    registers,
  });
  const jobDuration = new Histogram({
    name: 'voxport_job_duration_seconds',
    help: 'Time that an attempt at a job took, from its being taken up to its end',
    labelNames: ['source', 'stage'],
    buckets: jobBuckets,
    registers,
  });
  const deadLetters = new Counter({
    name: 'voxport_dead_letters_total',
    help: 'Failures that this process wrote to voxport_ops.failures, by class',
    labelNames: ['source', 'stage', 'class'],
    registers,
  });
  const requests = new Counter({
    name: 'voxport_api_requests_total',
    help: 'Requests to the API by HTTP status; status none: no answer came',
    labelNames: ['source', 'endpoint', 'status'],
    registers,
  });
  const requestDuration = new Histogram({
    name: 'voxport_api_request_duration_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['source', 'endpoint'],
    buckets: requestBuckets,
    registers,
  });
  const responseBytes = new Counter({
    name: 'voxport_api_response_bytes_total',
    help: 'Body bytes of answers as they came over the wire',
    labelNames: ['source', 'endpoint'],
    registers,
  });
  const inFlight = new Gauge({
    name: 'voxport_api_requests_in_flight',
    help: 'Requests of this process that are under way',
    labelNames: ['source'],
    registers,
  });
  const share = new Gauge({
    name: 'voxport_api_requests_in_flight_share',
    help: 'Requests in flight that this process may have at present',
    labelNames: ['source'],
    registers,
  });
  const listed = new Counter({
    name: 'voxport_listed_conversations_total',
    help: 'Rows of list pages that were saved, known conversations included',
    labelNames: ['source'],
    registers,
  });
  const landedPayloads = new Counter({
    name: 'voxport_landed_payloads_total',
    help: 'Payloads that became durable as received',
    labelNames: ['source'],
    registers,
  });
  const landedBytes = new Counter({
    name: 'voxport_landed_bytes_total',
    help: 'Their size: decoded, and as stored',
    labelNames: ['source', 'form'],
    registers,
  });
  const landingSize = new Histogram({
    name: 'voxport_landing_batch_size',
    help: 'Payloads a landing transaction',
    labelNames: ['source'],
    buckets: [1, 2, 4, 8, 16, 32, 64],
    registers,
  });
  const loadedPayloads = new Counter({
    name: 'voxport_loaded_payloads_total',
    help: 'Payloads that the loader ended, by what they changed',
    labelNames: ['source', 'outcome'],
    registers,
  });
  const loadedRows = new Counter({
    name: 'voxport_loaded_rows_total',
    help: 'Rows of inserted and updated conversations, by table of schema voxport',
    labelNames: ['source', 'table'],
    registers,
  });
  const loadedBytes = new Counter({
    name: 'voxport_loaded_bytes_total',
    help: 'Decoded bytes of the payloads that the loader ended',
    labelNames: ['source'],
    registers,
  });
  const loadSize = new Histogram({
    name: 'voxport_load_batch_size',
    help: 'Payloads a load transaction',
    labelNames: ['source'],
    buckets: batchSizeBuckets,
    registers,
  });
  const loadDuration = new Histogram({
    name: 'voxport_load_batch_duration_seconds',
    help: 'Time of a load transaction, from the claim to the commit',
    labelNames: ['source'],
    buckets: jobBuckets,
    registers,
  });
  const drift = new Counter({
    name: 'voxport_drift_total',
    help: 'Things in payloads that the mapping did not expect, by kind',
    labelNames: ['source', 'kind'],
    registers,
  });
  const webhooks = new Counter({
    name: 'voxport_webhook_events_total',
    help: 'Webhooks that this process answered, by outcome',
    labelNames: ['source', 'outcome'],
    registers,
  });

  const known = new Map<string, SourceMetrics>();

  function make(source: string): SourceMetrics {
    const ofSource = { source };
    return {
      jobEnded({ name, outcome, errorCode, durationMs }) {
        const stage = stages[name] ?? name;
        // A conversation that is gone at the source is an answer, not a failure.
        const isGone = name === 'fetch-conversation' && outcome === 'dead_letter' && errorCode === 'not_found';
        jobs.inc({ source, stage, outcome: isGone ? 'gone' : outcome });
        jobDuration.observe({ source, stage }, durationMs / 1000);
        if (outcome !== 'dead_letter' || isGone) return;
        // A wake-up that is given up loses nothing, and a planning comes again: neither is a dead letter.
        if (stage === 'list' || stage === 'fetch' || stage === 'recording')
          deadLetters.inc({ source, stage, class: errorCode ?? 'unexpected' });
      },
      requestEnded({ endpoint, status, durationMs, bytes }) {
        requests.inc({ source, endpoint, status: status === null ? 'none' : String(status) });
        requestDuration.observe({ source, endpoint }, durationMs / 1000);
        responseBytes.inc({ source, endpoint }, bytes);
      },
      requestStarted() {
        inFlight.inc(ofSource);
        return () => inFlight.dec(ofSource);
      },
      shareChanged: (requestsMax) => share.set(ofSource, requestsMax),
      pageListed: (conversations) => listed.inc(ofSource, conversations),
      landed({ payloads, bytes, storedBytes }) {
        landedPayloads.inc(ofSource, payloads);
        landedBytes.inc({ source, form: 'decoded' }, bytes);
        landedBytes.inc({ source, form: 'stored' }, storedBytes);
        landingSize.observe(ofSource, payloads);
      },
      batchLoaded({ outcomes, rows, drift: kinds, refused, bytes, durationMs }) {
        let payloads = 0;
        for (const [outcome, count] of outcomes) {
          payloads += count;
          loadedPayloads.inc({ source, outcome }, count);
        }
        for (const [table, count] of rows) loadedRows.inc({ source, table }, count);
        for (const [kind, count] of kinds) drift.inc({ source, kind }, count);
        for (const [errorClass, count] of refused) deadLetters.inc({ source, stage: 'load', class: errorClass }, count);
        loadedBytes.inc(ofSource, bytes);
        loadSize.observe(ofSource, payloads);
        loadDuration.observe(ofSource, durationMs / 1000);
      },
      webhookReceived: (outcome) => webhooks.inc({ source, outcome }),
    };
  }

  return function ofSource(sourceId) {
    const found = known.get(sourceId) ?? make(sourceId);
    known.set(sourceId, found);
    return found;
  };
}
