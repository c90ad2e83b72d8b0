import { TerminalFailure } from '@voxport/domain';
import { describe, expect, test } from 'vitest';
import { checkSettings } from './check-settings.ts';
import type { SourceSettings } from './settings.ts';

const good: SourceSettings = {
  sourceId: 'main',
  dialect: 'elevenlabs',
  baseUrl: 'https://api.elevenlabs.io',
  apiKey: 'sk_0123456789',
  filters: {},
  connectionsMax: 15,
  userAgent: 'voxport/1',
};

function problemOf(change: Partial<SourceSettings>): string {
  try {
    checkSettings({ ...good, ...change });
  } catch (error) {
    if (error instanceof TerminalFailure && error.code === 'invalid_request') return error.message;
    throw error;
  }
  throw new Error('expected these settings to be refused');
}

describe('checkSettings', () => {
  test.each([
    ['https://api.elevenlabs.io', 'https://api.elevenlabs.io', ''],
    ['https://api.elevenlabs.io/', 'https://api.elevenlabs.io', ''],
    ['http://localhost:3000/api/v1', 'http://localhost:3000', '/api/v1'],
    ['https://host/voiceable-api//', 'https://host', '/voiceable-api'],
  ])('takes %s apart', (baseUrl, origin, basePath) => {
    expect(checkSettings({ ...good, baseUrl })).toEqual({ origin, basePath });
  });

  test.each([
    [{ baseUrl: 'api.elevenlabs.io' }, 'base_url'],
    [{ baseUrl: '' }, 'base_url'],
    [{ baseUrl: 'ftp://host' }, 'https:// or http://'],
    [{ baseUrl: 'https://host/?x=1' }, 'without ? or #'],
    [{ apiKey: '' }, 'the API key is empty'],
    [{ apiKey: 'sk_1\n' }, 'line break'],
    [{ userAgent: 'a\nb' }, 'user agent'],
    [{ connectionsMax: 0 }, 'concurrency'],
    [{ responseBytesMax: -1 }, 'the largest answer'],
    [{ timeouts: { totalMs: 0 } }, 'the time-out totalMs'],
    [{ dialect: 'voiceable', filters: { tag_ids: ['a'] } }, 'the dialect voiceable has no filter tag_ids'],
  ] satisfies ReadonlyArray<readonly [Partial<SourceSettings>, string]>)(
    'refuses %j by what a person can set',
    (change, expected) => {
      const message = problemOf(change);
      expect(message).toContain('Source "main"');
      expect(message).toContain(expected);
    },
  );

  test('names every problem at once', () => {
    expect(problemOf({ baseUrl: 'nonsense', apiKey: '', connectionsMax: 0 })).toMatch(/base_url.*API key.*concurrency/);
  });

  test('a key in the wrong place or shape is not repeated', () => {
    const key = 'sk_secret_0123456789';
    expect(problemOf({ apiKey: `${key}\n` })).not.toContain(key);
    expect(problemOf({ baseUrl: key })).not.toContain(key);
    expect(problemOf({ baseUrl: `https://user:${key}@host` })).not.toContain(key);
    expect(problemOf({ baseUrl: `https://host/?xi-api-key=${key}` })).not.toContain(key);
    expect(problemOf({ baseUrl: `ftp://host/${key}` })).not.toContain(key);
  });
});
