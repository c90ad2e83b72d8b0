/**
 * The health check of a service: `node infra/docker/health.ts` asks the process itself, at `/readyz` on
 * VOXPORT_HEALTH_PORT, whether it can do its work: its database migrated, its queue reachable, and consumed while jobs
 * wait. Exit code 0 when it can, else 1 with a line for each problem.
 *
 * It imports nothing, because it runs every 30 seconds beside every process.
 */

/** The process gives each of its own checks 3 s; the compose file gives the whole health check 10. */
const timeoutMs = 6000;

/** Asks a process. Gives a sentence for each problem; none means that it can do its work. */
export async function findProblems(url: string): Promise<string[]> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    text = await response.text();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return [`the process does not answer at ${url}: ${cause instanceof Error ? cause.message : String(cause)}`];
  }
  if (response.ok) return [];
  const problems = readProblems(text);
  return problems.length > 0 ? problems : [`${url} answers ${response.status}: ${text.slice(0, 500)}`];
}

function readProblems(text: string): string[] {
  try {
    const { checks } = JSON.parse(text) as { checks: { name: string; ok: boolean; detail: string | null }[] };
    return checks.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail ?? 'not well'}`);
  } catch {
    return [];
  }
}

if (import.meta.main) {
  const port = process.env['VOXPORT_HEALTH_PORT'] ?? '';
  const problems =
    port === ''
      ? ['VOXPORT_HEALTH_PORT is not set, so the process answers nowhere']
      : await findProblems(`http://127.0.0.1:${port}/readyz`);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  // At once: a connection that hangs would keep the process.
  process.exit(problems.length === 0 ? 0 : 1);
}
