import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filterNames } from '@voxport/source';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addFilterOptions, filterOptions, readFilterOptions } from './filter-options.ts';

function read(args: readonly string[]) {
  const command = addFilterOptions(new Command('backfill').exitOverride().configureOutput({ writeErr: () => {} }));
  command.parse(args, { from: 'user' });
  return readFilterOptions(command);
}

test('no option is no filter', () => {
  expect(read([])).toEqual({});
});

test('values get their types, lists are repeated, a flag stands alone or takes a word', () => {
  expect(read(['--agent', 'agent_1', '--min-duration', '30', '--tag', 'a', '--tag', 'b', '--text-only'])).toEqual({
    agent_id: 'agent_1',
    call_duration_min_secs: 30,
    tag_ids: ['a', 'b'],
    text_only: true,
  });
  expect(read(['--text-only', 'false', '--has-feedback-comment'])).toEqual({
    text_only: false,
    has_feedback_comment: true,
  });
});

test('every option has a name of its own, in kebab case, and stands in docs/configuration.md with its filter', () => {
  const flags = filterNames.map((name) => filterOptions[name].flag);
  expect(new Set(flags).size).toBe(flags.length);
  const text = readFileSync(join(import.meta.dirname, '../../../../docs/configuration.md'), 'utf8');
  for (const name of filterNames) {
    expect(filterOptions[name].flag).toMatch(/^[a-z]+(-[a-z]+)*$/);
    const line = text.split('\n').find((row) => row.includes(`\`${name}\``) && row.startsWith('|'));
    expect(line, name).toContain(`\`--${filterOptions[name].flag}\``);
  }
});
