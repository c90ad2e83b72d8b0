import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/** A request, byte for byte as an attacker sends it. */
export interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What came back; status 0 where the connection was cut. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

const timeoutMs = 20_000;

/** Asks by hand: `fetch` sets the host and cleans paths by itself. Never rejects. */
export function ask(url: string, { method = 'GET', path, headers = {}, body }: Asked): Promise<Answer> {
  const { hostname, port, protocol } = new URL(url);
  const send = protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve) => {
    const sent = send({ hostname, port, method, path, headers, timeout: timeoutMs, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      const end = (): void => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers });
      answer.on('end', end).on('error', end);
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve({ status: 0, text: '', headers: {} }));
    sent.end(body);
  });
}
