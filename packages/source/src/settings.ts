import type { Dialect, ListFilters, ProxySettings } from '@voxport/domain';

/**
 * How long each step of a request may take, in milliseconds. Limits above one second are kept to about half a second
 * (undici's coarse timers); `totalMs` is exact.
 */
export interface SourceTimeouts {
  /** Until the socket (and TLS) stands. */
  readonly connectMs: number;
  /** From the request's last byte to the response's headers. */
  readonly headersMs: number;
  /** Between two pieces of the body. */
  readonly bodyMs: number;
  /**
   * For the whole call: waiting for a free connection, immediate second tries and the body included. Of a recording,
   * until its first byte.
   */
  readonly totalMs: number;
  /** For a recording from its first byte to its last, the time that its reader takes included. */
  readonly recordingMs: number;
}

/** One configured source. */
export interface SourceSettings {
  /** The configured name, as it stands in `source_id` and in messages. */
  readonly sourceId: string;
  readonly dialect: Dialect;
  /** http(s) URL, prefix included: `https://api.elevenlabs.io`, `https://host/api/v1`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** By which proxy the API is asked; null or left out: straight. */
  readonly proxy?: ProxySettings | null;
  /** Authorities (PEM) that are believed besides those of Node; null or left out: none. */
  readonly extraCa?: string | null;
  /** Sent with each list request that brings none of its own. */
  readonly filters: ListFilters;
  /** Sockets to the API at most; more requests than that wait inside the pool. */
  readonly connectionsMax: number;
  readonly timeouts?: Partial<SourceTimeouts>;
  readonly userAgent: string;
  /** Largest body accepted, in bytes, as sent and as decoded (a gzip bomb is stopped). Default 64 MiB. */
  readonly responseBytesMax?: number;
  /** Largest recording accepted, in bytes. Default 1 GiB: some 18 hours of mp3 at 128 kbit/s. */
  readonly recordingBytesMax?: number;
}

/** A detail of an hour's call is a few MB; a list page of 100 rows below one. */
export const defaultTimeouts: SourceTimeouts = {
  connectMs: 10_000,
  headersMs: 60_000,
  bodyMs: 30_000,
  totalMs: 120_000,
  recordingMs: 3_600_000,
};

export const defaultResponseBytesMax = 64 * 1024 * 1024;

export const defaultRecordingBytesMax = 1024 * 1024 * 1024;
