export { startLoader } from './start-loader.ts';
