#!/usr/bin/env node
import { keepCompiled } from './keep-compiled.ts';

keepCompiled(process.env['XDG_CACHE_HOME']);
// Only what is imported from here on is kept.
const { runMain } = await import('./run-main.ts');
await runMain(process.env);
