export { openRecordingStore } from './open-store.ts';
export type { BucketSettings, RecordingStore, StoredRecording, StoreSettings } from './store.ts';
