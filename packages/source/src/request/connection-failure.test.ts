import { TransientFailure } from '@voxport/domain';
import { describe, expect, test } from 'vitest';
import { connectionFailure } from './connection-failure.ts';
import { makeRedact } from './redact.ts';

const where = { sourceId: 'main', baseUrl: 'https://api.example.com', subject: 'conversation conv_1', status: null };
const key = 'sk_secret_0123456789';
const fail = (error: unknown): unknown => connectionFailure(error, { ...where, proxy: null }, makeRedact(key));
const withCode = (code: string, message = 'words'): Error => Object.assign(new Error(message), { code });

describe('connectionFailure', () => {
  test.each([
    ['ECONNREFUSED', 'the connection was refused'],
    ['ENOTFOUND', 'the host name does not exist'],
    ['EAI_AGAIN', 'the host name could not be looked up'],
    ['CERT_HAS_EXPIRED', 'its TLS certificate has expired'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its TLS certificate is self-signed'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'its TLS certificate is for another host name'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'the TLS handshake failed'],
    ['E_NEVER_SEEN', 'the connection failed'],
  ])('says what %s means', (code, words) => {
    const failure = fail(withCode(code));
    expect(failure).toBeInstanceOf(TransientFailure);
    expect(failure).toMatchObject({ code: 'connection' });
    expect((failure as Error).message).toBe(
      `Source "main": asked https://api.example.com for conversation conv_1, but ${words} (${code}). Check base_url and the network.`,
    );
  });

  test('reads the code of the first of several addresses tried', () => {
    expect(fail(new AggregateError([withCode('ECONNREFUSED'), withCode('ENETUNREACH')]))).toMatchObject({
      code: 'connection',
    });
  });

  test.each([
    new TypeError('a bug'),
    withCode('ERR_INVALID_ARG_TYPE'),
    withCode('UND_ERR_INVALID_ARG'),
    'text',
    undefined,
  ])('gives a bug back as it is: %s', (error) => {
    expect(fail(error)).toBe(error);
  });

  test('keeps of the cause its name, code and words, without the key', () => {
    const cause = Object.assign(withCode('ECONNRESET', `read ${key}`), { data: key, socket: { header: key } });
    const failure = fail(cause) as Error;
    expect(failure.cause).toMatchObject({ message: 'read [api key]', code: 'ECONNRESET' });
    expect(failure.cause).not.toHaveProperty('data');
    expect(JSON.stringify(failure.cause)).not.toContain(key);
  });
});
