import { TerminalFailure } from '@voxport/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filterKinds, filterNames } from './filter-kinds.ts';
import { parseListFilters } from './parse-list-filters.ts';
import { parseSourceFilters } from './parse-source-filters.ts';
import { unsupportedFilters } from './unsupported-filters.ts';

function problemsOf(input: unknown): string {
  try {
    parseListFilters(input);
  } catch (error) {
    if (error instanceof TerminalFailure && error.code === 'invalid_request') return error.message;
    throw error;
  }
  throw new Error('expected these filters to be refused');
}

describe('parseListFilters', () => {
  test('types values from a command line, where all is text', () => {
    const filters = parseListFilters({
      agent_id: ' agent_1 ',
      call_duration_min_secs: '30',
      rating_max: '5',
      has_feedback_comment: 'true',
      text_only: 'false',
      tool_names: 'lookup_order',
      tag_ids: ['a', 'b', 'a'],
    });
    expect(filters).toEqual({
      agent_id: 'agent_1',
      call_duration_min_secs: 30,
      rating_max: 5,
      has_feedback_comment: true,
      text_only: false,
      tool_names: ['lookup_order'],
      tag_ids: ['a', 'b'],
    });
  });

  test('takes values from a configuration as they are, and leaves out what is not set', () => {
    expect(parseListFilters({ rating_min: 3, text_only: true, agent_id: null, user_id: undefined })).toEqual({
      rating_min: 3,
      text_only: true,
    });
    expect(parseListFilters(null)).toEqual({});
    expect(parseListFilters(undefined)).toEqual({});
    expect(parseListFilters({})).toEqual({});
  });

  test('a value with a comma or a colon stays one value', () => {
    expect(parseListFilters({ data_collection_params: 'plan:in:a|b,c' })).toEqual({
      data_collection_params: ['plan:in:a|b,c'],
    });
  });

  test('refuses an unknown name with the list of the known ones', () => {
    const message = problemsOf({ agentid: 'x' });
    expect(message).toContain('"agentid" is no filter');
    for (const name of filterNames) expect(message).toContain(name);
  });

  test('refuses what the windows own, and says so', () => {
    expect(problemsOf({ call_start_after_unix: 1 })).toContain('call_start_after_unix cannot be a filter');
    expect(problemsOf({ cursor: 'x' })).toContain('cursor cannot be a filter');
  });

  test.each([
    [{ agent_id: '' }, 'agent_id must be a text'],
    [{ agent_id: ['a'] }, 'agent_id must be a text'],
    [{ rating_min: 6 }, 'rating_min must be a whole number from 1 to 5'],
    [{ rating_min: 'high' }, 'rating_min must be a whole number from 1 to 5, not "high"'],
    [{ call_duration_min_secs: -1 }, 'call_duration_min_secs must be a whole number'],
    [{ call_duration_min_secs: 1.5 }, 'call_duration_min_secs must be a whole number'],
    [{ text_only: 'yes' }, 'text_only must be true or false'],
    [{ tag_ids: [] }, 'tag_ids must be a list of texts'],
    [{ tag_ids: ['a', null] }, 'tag_ids must be a list of texts'],
    [{ rating_min: 4, rating_max: 2 }, 'rating_min (4) is larger than rating_max (2)'],
    [[], 'expected an object'],
    ['agent_id=x', 'expected an object'],
  ])('refuses %j', (input, expected) => {
    expect(problemsOf(input)).toContain(expected);
  });

  test('names every problem at once', () => {
    expect(problemsOf({ nonsense: 1, rating_min: 9, text_only: 2 })).toMatch(/nonsense.*rating_min.*text_only/s);
  });

  test('names from the object prototype are no filters', () => {
    expect(problemsOf({ constructor: 'x' })).toContain('"constructor" is no filter');
    expect(problemsOf(JSON.parse('{"__proto__": "x"}'))).toContain('"__proto__" is no filter');
  });

  test('what it returns it accepts again, unchanged', () => {
    const valueOf = {
      text: fc.stringMatching(/^[a-z_:.]{1,20}$/),
      count: fc.nat(1000),
      rating: fc.integer({ min: 1, max: 5 }),
      flag: fc.boolean(),
      texts: fc.uniqueArray(fc.stringMatching(/^[a-z_:.]{1,20}$/), { minLength: 1, maxLength: 4 }),
    };
    const anyFilters = fc.record(Object.fromEntries(filterNames.map((name) => [name, valueOf[filterKinds[name]]])), {
      requiredKeys: [],
    });
    fc.assert(
      fc.property(anyFilters, (filters) => {
        fc.pre(!(Number(filters['rating_min']) > Number(filters['rating_max'])));
        fc.pre(!(Number(filters['call_duration_min_secs']) > Number(filters['call_duration_max_secs'])));
        expect(parseListFilters(filters)).toEqual(filters);
      }),
    );
  });
});

describe('parseSourceFilters', () => {
  test('refuses what the API of the source does not have', () => {
    expect(parseSourceFilters('voiceable', { user_id: 'u' })).toEqual({ user_id: 'u' });
    expect(() => parseSourceFilters('voiceable', { tag_ids: ['t'], search: 'x' })).toThrow(
      'filters: the dialect voiceable has no search, tag_ids.',
    );
  });
});

describe('names', () => {
  test('a problem names the filter as it was given', () => {
    const flag = (name: string): string => `--${name}`;
    expect(() => parseListFilters({ rating_min: 9 }, flag)).toThrow('--rating_min must be a whole number from 1 to 5');
    expect(() => parseListFilters({ rating_min: 5, rating_max: 2 }, flag)).toThrow(
      '--rating_min (5) is larger than --rating_max (2)',
    );
  });
});

describe('unsupportedFilters', () => {
  test('ElevenLabs knows them all', () => {
    expect(unsupportedFilters('elevenlabs', { agent_id: 'a', tag_ids: ['t'], workflow_node_entered_id: 'n' })).toEqual(
      [],
    );
  });

  test('voiceable knows three, and the others are named', () => {
    expect(unsupportedFilters('voiceable', { agent_id: 'a', call_successful: 'success', user_id: 'u' })).toEqual([]);
    expect(unsupportedFilters('voiceable', { agent_id: 'a', tag_ids: ['t'], rating_min: 3 })).toEqual([
      'rating_min',
      'tag_ids',
    ]);
  });
});
