import type { AudioConfig } from './config.ts';

/** A bucket with its keys in plain text, for the one who opens it. */
export interface OpenBucketSettings {
  readonly bucket: string;
  readonly prefix: string;
  readonly region: string | null;
  readonly endpoint: string | null;
  readonly forcePathStyle: boolean;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
}

/** The place of the recordings as the store takes it, its secrets revealed. */
export function storeSettings({ store }: AudioConfig): { directory: string } | { s3: OpenBucketSettings } {
  if ('directory' in store) return store;
  const { credentials, ...bucket } = store.s3;
  return {
    s3: {
      ...bucket,
      credentials:
        credentials === null
          ? null
          : { accessKeyId: credentials.accessKeyId.reveal(), secretAccessKey: credentials.secretAccessKey.reveal() },
    },
  };
}
