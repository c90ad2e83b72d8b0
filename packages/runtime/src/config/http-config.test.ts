import { describe, expect, test } from 'vitest';
import { environment } from './environment.ts';
import { httpConfig } from './http-config.ts';
import { webhookSecrets } from './webhook-secrets.ts';

function read(variables: Record<string, string>) {
  const problems: string[] = [];
  return { config: httpConfig(environment(variables), problems), problems };
}

describe('where the gateway answers', () => {
  test('is a loopback address and a port of its own, to nobody, unless it is told', () => {
    expect(read({})).toEqual({
      config: {
        host: '127.0.0.1',
        port: 7480,
        isPortGiven: false,
        publicUrl: null,
        trustedProxies: [],
        spoolDirectory: null,
        operatorToken: null,
      },
      problems: [],
    });
  });

  test('is what the settings say, and the token does not print', () => {
    const { config, problems } = read({
      VOXPORT_HTTP_HOST: '0.0.0.0',
      VOXPORT_HTTP_PORT: '0',
      VOXPORT_PUBLIC_URL: 'https://voxport.example.com/',
      VOXPORT_OPERATOR_TOKEN: '0123456789abcdef',
    });
    expect(problems).toEqual([]);
    expect(config).toMatchObject({
      host: '0.0.0.0',
      port: 0,
      isPortGiven: true,
      publicUrl: 'https://voxport.example.com',
    });
    expect(config.operatorToken?.reveal()).toBe('0123456789abcdef');
    expect(JSON.stringify(config)).not.toContain('0123456789abcdef');
    expect(read({ VOXPORT_HTTP_PORT: 'off' }).config.port).toBeNull();
  });

  test.each([
    [{ VOXPORT_HTTP_PORT: '70000' }, 'VOXPORT_HTTP_PORT "70000" is neither a port from 0 to 65535 nor off'],
    [{ VOXPORT_HTTP_PORT: 'http' }, 'VOXPORT_HTTP_PORT "http" is neither a port from 0 to 65535 nor off'],
    [
      { VOXPORT_PUBLIC_URL: 'voxport.example.com' },
      'VOXPORT_PUBLIC_URL "voxport.example.com" is not an http:// or https:// URL without a path',
    ],
    [
      { VOXPORT_PUBLIC_URL: 'https://x/page' },
      'VOXPORT_PUBLIC_URL "https://x/page" is not an http:// or https:// URL without a path',
    ],
    [
      { VOXPORT_OPERATOR_TOKEN: 'short' },
      'VOXPORT_OPERATOR_TOKEN has 5 characters; it needs 16 (e.g. openssl rand -hex 32)',
    ],
  ])('%j is refused with the name of the setting', (variables, problem) => {
    expect(read(variables).problems).toEqual([problem]);
  });
});

describe('the secrets of webhooks', () => {
  const readSecrets = (entry: Parameters<typeof webhookSecrets>[0]) => {
    const problems: string[] = [];
    const secrets = webhookSecrets(
      entry,
      environment({ OLD: 'wsec_old_and_long_enough', NEW: 'wsec_new_and_long_enough' }),
      (text) => problems.push(text),
    );
    return { secrets: secrets.map((secret) => secret.reveal()), problems };
  };

  test('stand where the source says, several while one takes over from another', () => {
    expect(readSecrets({})).toEqual({ secrets: [], problems: [] });
    expect(readSecrets({ webhook_secret_env: 'NEW' })).toEqual({ secrets: ['wsec_new_and_long_enough'], problems: [] });
    expect(readSecrets({ webhook_secret_env: ['OLD', 'NEW'] }).secrets).toEqual([
      'wsec_old_and_long_enough',
      'wsec_new_and_long_enough',
    ]);
  });

  test('that are not there are a problem with the name of the setting', () => {
    expect(readSecrets({ webhook_secret_env: 'NONE', webhook_secret_file: '/nowhere' }).problems).toEqual([
      'the environment variable NONE, named by webhook_secret_env, is not set',
      'webhook_secret_file "/nowhere" cannot be read or is empty',
    ]);
  });
});
