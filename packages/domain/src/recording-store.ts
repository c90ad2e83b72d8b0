import type { ProxySettings } from './proxy.ts';

/**
 * A bucket of Amazon S3, or of a service that speaks its protocol. `Key` is how a key is held: as a text, or as a
 * secret that is to be revealed.
 */
export interface BucketSettings<Key = string> {
  /** By which proxy it is reached; null or left out: straight. */
  readonly proxy?: ProxySettings | null;
  readonly bucket: string;
  /** Before every key, e.g. `voxport/`; empty for none. */
  readonly prefix: string;
  /** Null for what the environment of the AWS client says, or `us-east-1` beside an endpoint. */
  readonly region: string | null;
  /** Null for Amazon's own. */
  readonly endpoint: string | null;
  /** The bucket in the path and not in the host name, as most services other than Amazon's want it. */
  readonly forcePathStyle: boolean;
  /** Null for the AWS client's own search: environment, shared files, the role of the container or the machine. */
  readonly credentials: { readonly accessKeyId: Key; readonly secretAccessKey: Key } | null;
}

/** Where recordings are kept. A directory is an absolute path. */
export type StoreSettings<Key = string> = { readonly directory: string } | { readonly s3: BucketSettings<Key> };
