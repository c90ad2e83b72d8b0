import { registerHooks } from 'node:module';

/** For `node --import`: as the process ends, writes the name of each file that it imported, one a line, to stderr. */
const imported: string[] = [];
registerHooks({
  load(url, context, next) {
    imported.push(url);
    return next(url, context);
  },
});
process.on('exit', () => process.stderr.write(imported.map((url) => `imported ${url}\n`).join('')));
