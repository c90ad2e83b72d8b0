import { Counter, Gauge, type Registry } from 'prom-client';

/** The state that all processes share, as samples: name of a state metric → label values and value. */
export type State = Readonly<Partial<Record<StateName, readonly StateSample[]>>>;

/** One value of a state metric; times are Unix seconds. */
export interface StateSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export type ReadState = () => Promise<State>;

/** Every state metric: its labels, and what it tells. */
const stateMetrics = {
  voxport_newest_call_loaded_timestamp_seconds: {
    labels: ['source'],
    help: 'Start of the newest call in the tables; its age is the lag',
  },
  voxport_watermark_timestamp_seconds: {
    labels: ['source'],
    help: 'Call starts before this time are listed to the end',
  },
  voxport_last_sync_timestamp_seconds: {
    labels: ['source'],
    help: 'When the last sync ended by itself',
  },
  voxport_source_paused: {
    labels: ['source', 'class'],
    help: '1 while the source is paused, with the class of the refusal',
  },
  voxport_api_requests_in_flight_limit: {
    labels: ['source'],
    help: 'Requests in flight that all workers of the source may have together',
  },
  voxport_workers: { labels: ['source'], help: 'Workers that gave a heartbeat in the last half minute' },
  voxport_conversations_wanted: {
    labels: ['source'],
    help: 'Conversations whose detail is wanted and has not landed',
  },
  voxport_payloads_landed: {
    labels: ['source'],
    help: 'Landed payloads that wait for the loader, counted up to 10,000',
  },
  voxport_oldest_landed_timestamp_seconds: {
    labels: ['source'],
    help: 'When the oldest payload that waits for the loader was received',
  },
  voxport_failures_open: { labels: ['source', 'stage', 'class'], help: 'Failures that are open' },
  voxport_windows_open: { labels: ['source', 'priority'], help: 'Windows whose listing is not done' },
  voxport_oldest_window_timestamp_seconds: {
    labels: ['source', 'priority'],
    help: 'When the oldest of them was planned',
  },
  voxport_runs: { labels: ['kind', 'state'], help: 'Runs that are under way, running or paused' },
  voxport_verification_gaps: {
    labels: ['source', 'kind'],
    help: 'Conversations that the newest verifications of the last seven days found missing, stale or extra',
  },
  voxport_last_verification_timestamp_seconds: { labels: ['source'], help: 'When a range was last verified' },
  voxport_drift_paths: {
    labels: ['source', 'kind'],
    help: 'Different things met in payloads that the mapping does not know',
  },
  voxport_database_size_bytes: { labels: [], help: 'Size of the warehouse database' },
  voxport_queue_jobs: { labels: ['source', 'queue', 'state'], help: 'Jobs in a queue: waiting, delayed or active' },
  voxport_queue_oldest_job_timestamp_seconds: {
    labels: ['source', 'queue'],
    help: 'When the job that has waited longest was added',
  },
  voxport_queue_memory_used_bytes: { labels: [], help: 'Memory that the Redis of the queue uses' },
  voxport_queue_memory_limit_bytes: {
    labels: [],
    help: 'What it may use: its maxmemory, or the memory of its machine where none is set',
  },
  voxport_disk_free_bytes: {
    labels: ['directory'],
    help: 'Free bytes of the disk under a directory that Voxport fills: the embedded database, recordings',
  },
  voxport_disk_size_bytes: { labels: ['directory'], help: 'Size of that disk' },
} as const satisfies Record<string, { labels: readonly string[]; help: string }>;

export type StateName = keyof typeof stateMetrics;

/** A scrape that comes sooner gets what was read for the one before. */
const keptDefaultMs = 5000;

/**
 * A state that takes longer to read is kept longer in proportion, so that reading takes a twentieth of the time at
 * most. A queue on Postgres takes 3 µs a waiting job.
 */
const slowMs = 250;

/** Adds the state metrics to a registry; `readState` is asked by scrapes, once for those that come together. */
export function addStateMetrics(registry: Registry, readState: ReadState, keptMs: number = keptDefaultMs): void {
  const registers = [registry];
  const errors = new Counter({
    name: 'voxport_state_read_errors_total',
    help: 'Scrapes for which the shared state could not be read: its metrics were left out',
    registers,
    // This scrape's own is among them.
    collect: async () => void (await stateOfScrape()),
  });
  let last: { readonly state: Promise<State>; untilMs: number } | null = null;

  function stateOfScrape(): Promise<State> {
    const now = performance.now();
    if (last !== null && now <= last.untilMs) return last.state;
    const reading = { state: read(), untilMs: Number.POSITIVE_INFINITY };
    last = reading;
    return reading.state;

    async function read(): Promise<State> {
      try {
        return await readState();
      } catch {
        errors.inc();
        return {};
      } finally {
        const ended = performance.now();
        reading.untilMs = ended + keptMs * Math.max(1, (ended - now) / slowMs);
      }
    }
  }

  for (const [name, { labels, help }] of Object.entries(stateMetrics)) {
    const gauge: Gauge = new Gauge({
      name,
      // So that whoever reads a scrape knows that this is the same number from each process.
      help: `${help} (shared state)`,
      labelNames: [...labels],
      registers,
      async collect() {
        const samples = (await stateOfScrape())[name as StateName] ?? [];
        // What is gone (a failure that was fixed) must not continue being told.
        gauge.reset();
        // A gauge without labels is reset to 0, which nobody said.
        if (samples.length === 0 && labels.length === 0) gauge.remove();
        for (const sample of samples) gauge.set(sample.labels, sample.value);
      },
    });
  }
}
