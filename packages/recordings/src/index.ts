export { openRecordingStore } from './open-store.ts';
export type { RecordingStore, StoredRecording } from './store.ts';
