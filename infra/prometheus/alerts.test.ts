import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { runProgram } from '../../services/cli/src/program.ts';

const file = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

interface Rule {
  readonly alert: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook', string>>;
}

const rules = (parse(file('alerts.yaml')) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);

/** What a command line answers to `--help`. */
async function helpOf(args: readonly string[]): Promise<{ code: number; text: string }> {
  const printed: string[] = [];
  const never = (): never => {
    throw new Error('help needs nothing');
  };
  const code = await runProgram(
    {
      loadConfig: never,
      makeLogger: never,
      print: (text) => void printed.push(text),
      printExact: never,
      columns: 80,
      note: (text) => void printed.push(text),
      signal: new AbortController().signal,
    },
    [...args, '--help'],
  );
  return { code, text: printed.join('\n') };
}

test('every alert has a severity, what happened, and a runbook with a command of ours', () => {
  expect(rules.length).toBeGreaterThan(10);
  for (const { alert, labels, annotations } of rules) {
    expect(['critical', 'warning', 'info'], alert).toContain(labels.severity);
    expect(annotations.summary, alert).not.toBe('');
    expect(annotations.description, alert).not.toBe('');
    expect(annotations.runbook, alert).toMatch(/\bvoxport [a-z]/);
  }
});

test('every command of a runbook is one that the program has, with options that it has', async () => {
  const commands = rules.flatMap(({ alert, annotations: { runbook } }) =>
    [
      ...runbook.matchAll(/\bvoxport ([a-z][\w-]*(?: (?:retry|discard|list|show|pause|resume|cancel)\b)?)([^.;,:]*)/g),
    ].map(([, command = '', rest = '']) => ({
      alert,
      command: command.split(' '),
      options: [...rest.matchAll(/(--[a-z]+)/g)].map(([option]) => option),
    })),
  );
  expect(commands.length).toBeGreaterThan(rules.length);
  const helps = new Map<string, { code: number; text: string }>();
  for (const { alert, command, options } of commands) {
    const key = command.join(' ');
    if (!helps.has(key)) helps.set(key, await helpOf(command));
    const { code, text } = helps.get(key)!;
    expect({ alert, key, code }).toEqual({ alert, key, code: 0 });
    // `runs` takes its action as an argument: its help stands under the command itself.
    const [main = '', action] = command;
    const usage = text.includes(`Usage: voxport ${key}`) || text.includes(`Usage: voxport ${main} `);
    expect({ alert, key, usage }).toEqual({ alert, key, usage: true });
    if (action !== undefined) expect(text, `${alert}: voxport ${key}`).toContain(action);
    for (const option of options) if (option !== '--help') expect(text, `${alert}: voxport ${key}`).toContain(option);
  }
});

test('every alert has a unit test in which it fires', () => {
  const tests = file('alerts.test.yaml');
  for (const { alert } of rules) {
    const fires =
      tests.includes(`alertname: ${alert}\n`) || tests.includes(`alertname="${alert}", alertstate="firing"`);
    expect({ alert, fires: fires || tests.includes(`alertname="${alert}"`) }).toEqual({ alert, fires: true });
  }
});
