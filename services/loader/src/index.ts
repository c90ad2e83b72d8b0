export { loadWaiting } from './load-waiting.ts';
export { reload, type ReloadProgress } from './reload.ts';
export { startLoader } from './start-loader.ts';
