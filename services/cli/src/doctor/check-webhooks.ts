import type { ProxySettings } from '@voxport/domain';
import { proxiedFetch, type Config } from '@voxport/runtime';
import { ok, sentence, warn, type Finding } from './finding.ts';

const timeoutMs = 10_000;

/**
 * Checks whether webhooks can come in: a secret for each source that has one set up, and the gateway's endpoint under
 * the address that the sources use.
 */
export async function checkWebhooks(
  { sources, http, proxy = null }: Pick<Config, 'sources' | 'http' | 'proxy'>,
  signal: AbortSignal,
): Promise<Finding[]> {
  if (sources.length === 0) return [];
  const signed = sources.filter(({ webhookSecrets }) => webhookSecrets.length > 0);
  const without = sources.filter(({ webhookSecrets }) => webhookSecrets.length === 0).map(({ sourceId }) => sourceId);
  if (signed.length === 0) {
    if (http.publicUrl === null) return [ok('webhooks', 'none are set up: calls are found by polling')];
    return [
      warn(
        'webhook secrets',
        'no source has a secret: the gateway refuses every webhook',
        'Set webhook_secret_env of the source (ELEVENLABS_WEBHOOK_SECRET without a file) to the secret that its workspace shows.',
      ),
    ];
  }
  const names = signed.map(({ sourceId }) => sourceId).join(', ');
  return [
    ok(
      'webhook secrets',
      `set for ${names}${without.length === 0 ? '' : `; not for ${without.join(', ')}, whose calls are found by polling`}`,
    ),
    await checkReachability(http.publicUrl, proxy, signal),
  ];
}

async function checkReachability(
  publicUrl: string | null,
  proxy: ProxySettings | null,
  signal: AbortSignal,
): Promise<Finding> {
  const check = 'webhook endpoint';
  if (publicUrl === null) {
    return warn(
      check,
      'its public address is not known, so that it cannot be tried',
      'Set VOXPORT_PUBLIC_URL to the address that the sources send to.',
    );
  }
  try {
    const init = {
      redirect: 'manual' as const,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    };
    const answer = await proxiedFetch(proxy, `${publicUrl}/healthz`, init, async ({ ok: isOk, status, body }) => {
      await body?.cancel();
      return { ok: isOk, status };
    });
    if (answer.ok) {
      if (publicUrl.startsWith('https://')) return ok(check, `${publicUrl} answers`);
      return warn(
        check,
        `${publicUrl} answers, without TLS: transcripts would pass in the clear`,
        'Put a proxy with TLS before it, and set VOXPORT_PUBLIC_URL to its https:// address.',
      );
    }
    return warn(
      check,
      `${publicUrl}/healthz answers ${answer.status}: something else is there`,
      'Let the proxy lead to the port of the gateway (VOXPORT_HTTP_PORT), or correct VOXPORT_PUBLIC_URL.',
    );
  } catch (error) {
    if (signal.aborted) throw error;
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return warn(
      check,
      `${publicUrl} cannot be reached from here: ${sentence(cause)}`,
      'Start the gateway (voxport up, or its service), and see that name and proxy lead to it; or correct VOXPORT_PUBLIC_URL.',
    );
  }
}
