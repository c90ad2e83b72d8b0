/** What the run's global setup hands to the tests: plain values only, they cross to the test processes. */
export interface TestServers {
  /** Identifies the run in the names of databases and keys. */
  readonly runId: string;
  readonly postgresUrl: string;
  /** E.g. `18.4`. */
  readonly postgresVersion: string;
  /** Where it comes from, for the summary. */
  readonly postgresOrigin: string;
  /** The clause of CREATE DATABASE that copies a template fastest on this server. */
  readonly copyStrategy: '' | 'strategy file_copy';
  /** Databases are kept and the servers left running, for inspection after the run. */
  readonly keep: boolean;
  readonly redis: { readonly url: string; readonly origin: string } | null;
  /** The program that `startRedisServer` starts; null where there is none on the PATH. */
  readonly redisServerProgram: string | null;
  /** Holds a file named by the process id for each process that the tests have started and that has not ended. */
  readonly processDir: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    voxportTestServers: TestServers;
  }
}
