import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCompose } from '../checks/compose/read-compose.ts';
import { entries } from '../package/entries.ts';
import { programOf } from '../package/launcher-text.ts';

const root = join(import.meta.dirname, '../..');
const path = join(root, 'docker-compose.yml');

/** What an engine knows of a service, beyond what the check runs. */
interface Hardened {
  readonly init?: boolean;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
  readonly logging?: { readonly options?: Readonly<Record<string, string>> };
  readonly restart?: string;
  readonly ports?: readonly string[];
}

const { services, document } = readCompose({ path, variables: {}, profiles: ['demo'] });
const hardened = (document as { services: Record<string, Hardened> }).services;

describe('docker-compose.yml', () => {
  test('starts Postgres, Redis, the migration and the four services, and the simulator in the demo only', () => {
    const { services: withoutProfile } = readCompose({ path, variables: {}, profiles: [] });
    const production = ['postgres', 'redis', 'migrate', 'scheduler', 'worker', 'loader', 'gateway'];
    expect([...withoutProfile.keys()]).toEqual(production);
    expect([...services.keys()]).toEqual([...production, 'simulator']);
  });

  test.each(Object.entries(hardened))('gives %s as little as it needs, and bounds what it takes', (_name, service) => {
    expect(service).toMatchObject({ init: true, read_only: true, cap_drop: ['ALL'] });
    expect(service.security_opt).toContain('no-new-privileges:true');
    expect(service.mem_limit).toMatch(/^\d+[mg]$/);
    expect(service.logging?.options).toMatchObject({ 'max-size': '10m', 'max-file': '3' });
  });

  test('restarts everything that is meant to run, and not the migration', () => {
    const { migrate, ...others } = hardened;
    expect(migrate?.restart).toBe('no');
    for (const [name, { restart }] of Object.entries(others)) expect(restart, name).toBe('unless-stopped');
  });

  test('publishes the ports of Postgres and of the gateway alone, on the loopback address', () => {
    const published = Object.entries(hardened).flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]));
    expect(published).toEqual([
      ['postgres', '127.0.0.1:5432:5432'],
      ['gateway', '127.0.0.1:7480:7480'],
    ]);
  });

  test('lets large webhooks wait on a disk, and not in the memory that /tmp is', () => {
    const directory = services.get('gateway')?.environment['VOXPORT_SPOOL_DIR'];
    const { volumes } = hardened['gateway'] as { volumes?: readonly string[] };
    expect(volumes).toEqual([`webhook-spool:${directory}`]);
    expect(readFileSync(join(root, 'infra/docker/Dockerfile'), 'utf8')).toMatch(/^RUN install -d -o 1000 .* spool$/mu);
  });

  test('puts no secret into an environment', () => {
    for (const { name, environment } of services.values()) {
      const open = Object.keys(environment).filter(
        (key) => /PASSWORD|KEY|TOKEN|DATABASE_URL|QUEUE_URL/.test(key) && !key.endsWith('_FILE'),
      );
      expect(open, name).toEqual([]);
    }
  });

  test('keeps every job of Redis through a restart, and refuses one rather than forget one', () => {
    const flags = services.get('redis')?.command.join(' ');
    expect(flags).toContain('--appendonly yes --appendfsync everysec');
    expect(flags).toContain('--maxmemory-policy noeviction');
  });

  test('starts programs of the package, and asks the health of the very process that it starts', () => {
    const built = [...services.values()].filter(({ isBuilt }) => isBuilt);
    const programs = Object.keys(entries).map((entry) => `bin/${programOf(entry)}.js`);
    for (const { name, command } of built) expect(programs, name).toContain(command[0]);
    const asked = built.filter(({ healthTest }) => healthTest?.[2] === 'infra/docker/health.ts');
    expect(asked.map(({ name }) => name)).toEqual(['scheduler', 'worker', 'loader', 'gateway']);
    // It asks the process that listens in its own container.
    for (const { name, healthTest } of asked) expect(healthTest?.slice(3), name).toEqual([]);
  });
});
