import { registerEndOfFile } from './at-end.ts';

registerEndOfFile();
