#!/usr/bin/env node
import { loadConfig, makeLogger, shutdownSignal } from '@voxport/runtime';
import { parseSourceFilters } from '@voxport/source';
import { describeProblem } from './describe-problem.ts';
import { askOnTerminal } from './ask-on-terminal.ts';
import { runProgram } from './program.ts';

const { signal, stopListening } = shutdownSignal(process, (code) => process.exit(code));
try {
  process.exitCode = await runProgram(
    {
      loadConfig: ({ needsSources }) =>
        loadConfig({
          variables: process.env,
          needsSources,
          parseFilters: parseSourceFilters,
        }),
      makeLogger: ({ logLevel }) =>
        makeLogger({ level: logLevel, service: 'voxport', isTerminal: process.stderr.isTTY }),
      print: (text) => void process.stdout.write(`${text}\n`),
      note: (text) => void process.stderr.write(`${text}\n`),
      ...(process.stdin.isTTY && process.stderr.isTTY
        ? { ask: (question: string) => askOnTerminal(question, process, signal) }
        : {}),
      signal,
    },
    process.argv.slice(2),
  );
} catch (error) {
  const { message, exitCode } = describeProblem(error, signal);
  process.stderr.write(`voxport: ${message}\n`);
  process.exitCode = exitCode;
} finally {
  stopListening();
}
