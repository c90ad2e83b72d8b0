import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

/**
 * What a process loads of OpenTelemetry when it starts its tracing with a configuration; prom-client brings the bare
 * interface, which does nothing.
 */
function loadedWith(config: string): string[] {
  const program = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({
      resolve(specifier, context, next) {
        const resolved = next(specifier, context);
        if (/^@opentelemetry\\/(?!api$)|^bullmq-otel/.test(specifier)) loaded.push(specifier);
        return resolved;
      },
    });
    await import('@voxport/runtime');
    const { startTraces } = await import('./src/traces/traces.ts');
    const traces = await startTraces(${config}, { service: 'test', onError() {} });
    await traces.close();
    process.stdout.write(JSON.stringify(loaded));
  `;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: new URL('../..', import.meta.url),
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as string[];
}

test('without somewhere to send traces to, no tracer is even loaded', () => {
  expect(loadedWith('null')).toEqual([]);
  expect(loadedWith("{ endpoint: 'http://127.0.0.1:9', headers: {}, sampleRatio: 1 }")).toContain(
    '@opentelemetry/sdk-trace',
  );
});
