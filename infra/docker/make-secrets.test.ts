import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'voxport-secrets-'));
  mkdirSync(join(directory, 'infra/docker'), { recursive: true });
  cpSync(join(import.meta.dirname, 'make-secrets.sh'), join(directory, 'infra/docker/make-secrets.sh'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const names = [
  'postgres-password',
  'database-admin-url',
  'database-owner-url',
  'database-url',
  'database-gateway-url',
  'database-reader-url',
  'queue-url',
  'elevenlabs-api-key',
  'elevenlabs-webhook-secret',
  'operator-token',
] as const;
const secretPath = (name: string): string => join(directory, 'infra/docker/secrets', name);
const secretOf = (name: (typeof names)[number]): string => readFileSync(secretPath(name), 'utf8');

function run(args: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync('sh', [join(directory, 'infra/docker/make-secrets.sh'), ...args], {
    encoding: 'utf8',
    // No terminal: it must not ask.
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...environment },
  });
  return { status, output: stdout + stderr };
}

describe('make-secrets.sh', () => {
  test('makes files that only their owner reads, and one password for the server and the URL', () => {
    const { status, output } = run([], { ELEVENLABS_API_KEY: 'key-of-an-account' });
    expect(status, output).toBe(0);
    for (const name of names) expect(statSync(secretPath(name)).mode & 0o777, name).toBe(0o600);
    const password = secretOf('postgres-password');
    expect(password).toMatch(/^[0-9a-f]{48}$/);
    expect(new URL(secretOf('database-admin-url'))).toMatchObject({
      username: 'voxport',
      password,
      host: 'postgres:5432',
    });
    for (const [name, username] of [
      ['database-owner-url', 'voxport_owner'],
      ['database-url', 'voxport_service'],
      ['database-gateway-url', 'voxport_gateway_login'],
      ['database-reader-url', 'voxport_reader'],
    ] as const)
      expect(new URL(secretOf(name)), name).toMatchObject({
        username,
        password: expect.stringMatching(/^[0-9a-f]{48}$/u) as string,
        host: 'postgres:5432',
        pathname: '/voxport',
      });
    expect(secretOf('queue-url')).toBe('redis://redis:6379/0');
    expect(secretOf('elevenlabs-api-key')).toBe('key-of-an-account');
    expect(secretOf('operator-token')).toMatch(/^[0-9a-f]{48}$/);
    expect(secretOf('elevenlabs-webhook-secret')).toMatch(/^[0-9a-f]{48}$/);
    expect(new Set(names.map(secretOf)).size).toBe(names.length);
  });

  test('prints no secret', () => {
    const { output } = run([], { ELEVENLABS_API_KEY: 'key-of-an-account' });
    expect(output).not.toContain('key-of-an-account');
    expect(output).not.toContain(secretOf('postgres-password'));
    expect(output).not.toContain(secretOf('operator-token'));
  });

  test('makes another password each time', () => {
    run(['--demo']);
    const first = secretOf('postgres-password');
    rmSync(join(directory, 'infra/docker/secrets'), { recursive: true });
    run(['--demo']);
    expect(secretOf('postgres-password')).not.toBe(first);
  });

  test('without a key tells which file wants it', () => {
    const { status, output } = run();
    expect(status).toBe(0);
    expect(output).toContain(`Now write the API key into`);
    expect(secretOf('elevenlabs-api-key')).toBe('');
  });

  test('leaves the secrets that are there as they are, and fails', () => {
    run(['--demo']);
    const before = names.map(secretOf);
    const { status, output } = run([], { ELEVENLABS_API_KEY: 'another' });
    expect(status).toBe(1);
    expect(output).toContain('exists already');
    expect(names.map(secretOf)).toEqual(before);
  });

  test('adds the logins to the secrets of an older Voxport, once, and keeps what is there', () => {
    expect(run(['--logins']).status).toBe(1);
    run(['--demo']);
    for (const login of ['admin', 'owner', 'gateway', 'reader']) rmSync(secretPath(`database-${login}-url`));
    writeFileSync(secretPath('database-url'), 'postgres://voxport:old@postgres:5432/voxport');
    const token = secretOf('operator-token');
    expect(run(['--logins']).status).toBe(0);
    expect(secretOf('database-admin-url')).toBe('postgres://voxport:old@postgres:5432/voxport');
    expect(secretOf('database-url')).toMatch(/^postgres:\/\/voxport_service:[0-9a-f]{48}@postgres:5432\/voxport$/u);
    expect(secretOf('operator-token')).toBe(token);
    for (const name of names) expect(statSync(secretPath(name)).mode & 0o777, name).toBe(0o600);
    expect(run(['--logins']).status).toBe(1);
  });

  test('for a demo points the services at the simulator, under a project name of its own, and keeps what .env says', () => {
    // Without an end of the line: nothing may be glued to it.
    writeFileSync(join(directory, '.env'), 'POSTGRES_PORT=5433');
    expect(run(['--demo']).status).toBe(0);
    expect(parseEnv(readFileSync(join(directory, '.env'), 'utf8'))).toMatchObject({
      POSTGRES_PORT: '5433',
      COMPOSE_PROJECT_NAME: 'voxport-demo',
      COMPOSE_PROFILES: 'demo',
      ELEVENLABS_BASE_URL: 'http://simulator:8080',
    });
  });

  test('makes nothing when .env says something else', () => {
    const settings = 'ELEVENLABS_BASE_URL=https://api.eu.residency.elevenlabs.io\n';
    writeFileSync(join(directory, '.env'), settings);
    const { status, output } = run(['--demo']);
    expect(status).toBe(1);
    expect(output).toContain('ELEVENLABS_BASE_URL');
    expect(existsSync(join(directory, 'infra/docker/secrets'))).toBe(false);
    expect(readFileSync(join(directory, '.env'), 'utf8')).toBe(settings);
  });

  test('refuses an option that it does not know', () => {
    expect(run(['--force']).status).toBe(1);
  });
});
