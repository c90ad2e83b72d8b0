import type { RunResult } from '../export/run-to-end.ts';
import { count } from './run-report.ts';
import type { TextRow } from '@voxport/warehouse';
import { queryTable } from './query-text.ts';
import { table } from './table.ts';

export interface DemoReport {
  readonly first: RunResult;
  readonly second: RunResult;
  /** Whether no row changed in the second run, `exported_at` included. */
  readonly nothingChanged: boolean;
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
  readonly answers: readonly {
    readonly question: string;
    readonly query: string;
    readonly rows: readonly TextRow[];
  }[];
  /** The width of the terminal in characters. */
  readonly columns: number;
  readonly psqlCommand: string;
  readonly tookSecs: number;
}

/** What the demo ends with: counts, three questions with their answers, the time, and how to look further. */
export function demoReport({
  first,
  second,
  nothingChanged,
  tables,
  answers,
  columns,
  psqlCommand,
  tookSecs,
}: DemoReport): string {
  const exportSecs = first.durationMs / 1000;
  return [
    [
      `Exported ${count(first.counts.listed)} conversations in ${exportSecs.toFixed(1)} s: ${count(first.counts.loaded)} loaded, ${count(first.counts.unchanged)} unchanged, ${count(first.counts.failed)} failed.`,
      `Exported once more in ${(second.durationMs / 1000).toFixed(1)} s: ${count(second.counts.loaded)} loaded, ${count(second.counts.unchanged)} unchanged, ${count(second.counts.failed)} failed. ${nothingChanged ? 'Nothing changed.' : 'Rows changed: that is a defect.'}`,
    ].join('\n'),
    table(
      'What is in schema voxport',
      ['table', 'rows'],
      tables.map(({ table: name, rows }) => [name, count(rows).padStart(9)]),
    ),
    ...answers.map(({ question, query, rows }) => `${question}\n${queryTable(rows, columns)}\n\n${indent(query)}`),
    [
      `All in ${tookSecs.toFixed(1)} s. Look further:`,
      `  ${psqlCommand}`,
      '  voxport query --demo "select started_at, agent_name, duration_secs, call_successful from voxport.conversations limit 5"',
      '  voxport query --demo -x "select * from voxport.conversation_transcripts limit 1"',
      '  voxport status --demo      how the export stands; runs, failures and alerts take --demo too',
      '  voxport --help             every command',
      '  voxport database stop      ends the embedded Postgres, which runs on until then',
      'Your own account, once, or kept fresh, with ELEVENLABS_API_KEY set:',
      '  voxport sync',
      '  voxport up',
    ].join('\n'),
  ].join('\n\n');
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
