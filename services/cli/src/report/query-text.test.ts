import { expect, test } from 'vitest';
import { queryCsv, queryJson, queryRecords, queryTable } from './query-text.ts';

const text = (value: string) => ({ typeId: 25, text: value });
const numeric = (value: string) => ({ typeId: 1700, text: value });
const int = (value: string) => ({ typeId: 23, text: value });
const date = (value: string) => ({ typeId: 1082, text: value });

const rows = [
  { day: date('2026-09-01'), usd: numeric('0.00001'), year: int('2026'), phone: text('+4930123456'), note: null },
  { day: date('2026-09-02'), usd: numeric('1.23456789'), year: int('2027'), phone: text('4930123456'), note: text('') },
];

test('values stand as Postgres sends them: dates, small and exact numbers, years, phone numbers; NULL is not an empty text', () => {
  expect(queryTable(rows, 80)).toBe(
    [
      '  day                usd  year  phone        note',
      '  2026-09-01     0.00001  2026  +4930123456  NULL',
      '  2026-09-02  1.23456789  2027  4930123456',
    ].join('\n'),
  );
});

test.each([60, 80, 120])('no line is wider than a terminal of %s columns; what is cut ends in …', (columns) => {
  const wide = [{ id: int('1'), transcript: text('word '.repeat(100)), summary: text('line one\nline two') }];
  const table = queryTable(wide, columns);
  expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
  expect(table).toContain('…');
  expect(table).toContain('line one ↵ line two');
  const many = [
    Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`column_${index}`, text('x'.repeat(200))])),
  ];
  const records = queryTable(many, columns).split('\n');
  expect(records).toHaveLength(31);
  expect(records[1]).toMatch(/^ {2}column_0 {3}x+…$/u);
  expect(Math.max(...records.map((line) => line.length))).toBeLessThanOrEqual(columns);
});

test('records hold whole values when asked for, and nothing that drives a terminal', () => {
  const record = queryRecords(
    [{ transcript: text(`agent: hello\nuser: ${'x'.repeat(300)}`), evil: text('\u001B[2Jx') }],
    null,
  );
  expect(record).toContain(`agent: hello\n              user: ${'x'.repeat(300)}`);
  expect(record).not.toContain('\u001B');
});

test('JSON holds numbers exactly: as numbers, and as texts where a reader would round them', () => {
  const json = queryJson([
    {
      usd: numeric('0.00001'),
      scaled: numeric('1.50'),
      long: numeric('1.23456789012345678'),
      big: { typeId: 20, text: '9007199254740993' },
      count: { typeId: 20, text: '12' },
      nan: { typeId: 701, text: 'NaN' },
      tiny: { typeId: 701, text: '1e-07' },
      yes: { typeId: 16, text: 't' },
      data: { typeId: 3802, text: '{"a": [1, null]}' },
      day: date('2026-09-01'),
      note: null,
    },
  ]);
  expect(json).toContain('"scaled":1.50');
  expect(JSON.parse(json)).toEqual([
    {
      usd: 0.00001,
      scaled: 1.5,
      long: '1.23456789012345678',
      big: '9007199254740993',
      count: 12,
      nan: 'NaN',
      tiny: '1e-07',
      yes: true,
      data: { a: [1, null] },
      day: '2026-09-01',
      note: null,
    },
  ]);
  expect(queryJson([])).toBe('[]');
});

test('CSV tells null from an empty text, and quotes what needs it', () => {
  expect(queryCsv([...rows.slice(1), { day: null, usd: null, year: null, phone: text('a,"b"\nc'), note: null }])).toBe(
    'day,usd,year,phone,note\n2026-09-02,1.23456789,2027,4930123456,""\n,,,"a,""b""\nc",',
  );
});

test('no rows are told', () => {
  expect(queryTable([], 80)).toBe('  no rows');
  expect(queryRecords([], 80)).toBe('  no rows');
});
