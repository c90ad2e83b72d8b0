import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files of an authority of a test's own, of a server certificate and of a client certificate that it has signed. */
export interface Certificates extends Disposable {
  readonly caFile: string;
  readonly ca: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCertFile: string;
  readonly clientKeyFile: string;
  /** A server certificate for the same hosts that expired yesterday, with the same key. */
  readonly expiredCertFile: string;
}

/**
 * Makes them with openssl. The server's is for `hosts` (DNS names and `IP:` addresses), the client's for the user
 * `clientName`. Keys are readable by their owner only, as Postgres wants it.
 */
export function makeCertificates(openssl: string, hosts: readonly string[], clientName: string): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'voxport-tls-'));
  const at = (name: string): string => join(directory, name);
  const run = (...args: string[]): void => void execFileSync(openssl, args, { stdio: 'pipe', cwd: directory });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  run('req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=Test authority', '-keyout', 'ca.key', '-out', 'ca.pem');
  const sign = (name: string, subject: string, extension: string): void => {
    writeFileSync(at(`${name}.ext`), extension);
    run('req', ...newKey, '-subj', subject, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`];
    run('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.pem`);
  };
  const expire = (name: string): void => {
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', '-1', '-extfile', `${name}.ext`];
    run('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}-expired.pem`);
  };
  const names = hosts.map((host) => (host.startsWith('IP:') ? host : `DNS:${host}`)).join(',');
  sign('server', '/CN=server', `subjectAltName=${names}\n`);
  expire('server');
  sign('client', `/CN=${clientName}`, 'extendedKeyUsage=clientAuth\n');
  return {
    caFile: at('ca.pem'),
    ca: readFileSync(at('ca.pem'), 'utf8'),
    certFile: at('server.pem'),
    keyFile: at('server.key'),
    expiredCertFile: at('server-expired.pem'),
    clientCertFile: at('client.pem'),
    clientKeyFile: at('client.key'),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}
