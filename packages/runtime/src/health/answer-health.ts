import type { Health } from './health.ts';

/** An answer for any HTTP server. */
export interface HealthAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Answers a GET of `/healthz`, `/readyz` or `/metrics`; null for any other path. Never rejects. */
export async function answerHealth(health: Health, path: string): Promise<HealthAnswer | null> {
  switch (path) {
    case '/healthz':
      return json(200, health.readHealth());
    case '/readyz': {
      const { isReady, checks } = await health.readReadiness();
      return json(isReady ? 200 : 503, {
        status: isReady ? 'ready' : 'not ready',
        checks: checks.map(({ name, isOk, detail }) => ({ name, ok: isOk, detail })),
      });
    }
    case '/metrics': {
      const { contentType, body } = await health.renderMetrics();
      return { status: 200, contentType, body };
    }
    default:
      return null;
  }
}

function json(status: number, value: unknown): HealthAnswer {
  return { status, contentType: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` };
}
