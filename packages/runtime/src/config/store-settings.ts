import type { StoreSettings } from '@voxport/domain';
import type { AudioConfig } from './config.ts';

/** The place of the recordings as the store takes it, its secrets revealed. */
export function storeSettings({ store, proxy = null }: AudioConfig): StoreSettings {
  if ('directory' in store) return store;
  const { credentials, ...bucket } = store.s3;
  return {
    s3: {
      ...bucket,
      proxy,
      credentials:
        credentials === null
          ? null
          : { accessKeyId: credentials.accessKeyId.reveal(), secretAccessKey: credentials.secretAccessKey.reveal() },
    },
  };
}
