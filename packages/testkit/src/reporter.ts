import type { Reporter, TestModule, TestRunEndReason, Vitest } from 'vitest/node';

/**
 * Ends a run's report with lines that a machine can read: on what the live tests ran, then alone on the last line
 * `N passed, N failed, N skipped`. A file that cannot be loaded, an error outside the tests and a run without
 * tests count as failed, so `0 failed` is never said of a run that did fail.
 */
export function summaryReporter(write: (text: string) => void): Reporter {
  let vitest: Vitest | null = null;
  return {
    onInit(context) {
      vitest = context;
    },
    onTestRunEnd(modules, unhandledErrors, reason) {
      write(`${summarize(modules, unhandledErrors.length, reason)}\n`);
    },
  };

  function summarize(modules: readonly TestModule[], errorCount: number, reason: TestRunEndReason): string {
    const counts = { passed: 0, failed: errorCount, skipped: 0 };
    for (const module of modules) {
      const failedBefore = counts.failed;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === 'pending' ? 'skipped' : state] += 1;
      }
      if (module.state() === 'failed' && counts.failed === failedBefore) counts.failed += 1;
    }
    if (reason !== 'passed' && counts.failed === 0) counts.failed = 1;
    const line = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
    return [...describeServers(vitest), line].join('\n');
  }
}

function describeServers(vitest: Vitest | null): string[] {
  const live = vitest?.projects.find((project) => project.name === 'live');
  const servers = live?.getProvidedContext().voxportTestServers;
  if (!servers) return [];
  const lines = [`Postgres: ${servers.postgresVersion} (${servers.postgresOrigin})`];
  if (servers.redis) lines.push(`Redis: ${servers.redis.origin}`);
  else
    lines.push(
      'Redis: NONE. Every test that needs Redis was SKIPPED. Install redis-server, start Docker, or set TEST_REDIS_URL.',
    );
  if (servers.redis && !servers.redisServerProgram) {
    lines.push('redis-server: NONE on the PATH. The tests of Redis failing were SKIPPED.');
  }
  if (servers.keep) lines.push(`Kept: ${servers.postgresUrl} with databases voxport_test_${servers.runId}_*`);
  return lines;
}
