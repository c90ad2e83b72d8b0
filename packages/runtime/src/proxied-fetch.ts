import type { ProxySettings } from '@voxport/domain';
import { EnvHttpProxyAgent, fetch, type RequestInit, type Response } from 'undici';

/**
 * Sends one request by the proxy that is set for its address, or straight, reads the answer and closes its connection.
 * For what is asked for now and then: alerts, the heartbeat, checks.
 * @throws what `fetch` throws, and what `read` does.
 */
export async function proxiedFetch<Result>(
  proxy: ProxySettings | null,
  url: string,
  init: RequestInit,
  read: (response: Response) => Promise<Result>,
): Promise<Result> {
  if (proxy === null) return read(await fetch(url, init));
  const dispatcher = new EnvHttpProxyAgent(environmentProxies(proxy));
  try {
    return await read(await fetch(url, { ...init, dispatcher }));
  } finally {
    await dispatcher.destroy();
  }
}

/** Empty texts and not nothing: what is left out would be read from the process's environment. */
function environmentProxies({ httpProxy, httpsProxy, noProxy }: ProxySettings): EnvHttpProxyAgent.Options {
  return { httpProxy: httpProxy ?? '', httpsProxy: httpsProxy ?? '', noProxy };
}
