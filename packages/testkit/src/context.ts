/** What the run's global setup hands to the tests: plain values only, they cross to the test processes. */
export interface TestServers {
  /** Identifies the run in the names of databases and keys. */
  readonly runId: string;
  readonly postgresUrl: string;
  /** E.g. `18.4`. */
  readonly postgresVersion: string;
  /** Where it comes from, for the summary. */
  readonly postgresOrigin: string;
  /** Databases are kept and the servers left running, for a look at them after the run. */
  readonly keep: boolean;
  readonly redis: { readonly url: string; readonly origin: string } | null;
  /** The program that `startRedisServer` starts; null where there is none on the PATH. */
  readonly redisServerProgram: string | null;
}

declare module 'vitest' {
  interface ProvidedContext {
    voxportTestServers: TestServers;
  }
}
