import { expect, test } from 'vitest';
import { describeRedis, parseRedisUrl } from './redis-address.ts';

const nothing = {
  masterName: null,
  database: 0,
  username: null,
  password: null,
  sentinelUsername: null,
  sentinelPassword: null,
  tls: null,
};

test.each([
  ['redis://cache', { kind: 'server', nodes: [{ host: 'cache', port: 6379 }] }],
  ['redis://[::1]:7000/3', { kind: 'server', nodes: [{ host: '::1', port: 7000 }], database: 3 }],
  ['redis://:p%40ss@cache:1/', { kind: 'server', nodes: [{ host: 'cache', port: 1 }], password: 'p@ss' }],
  [
    'rediss://me:a:b%zz@cache?sslrootcert=/ca.pem',
    {
      kind: 'server',
      nodes: [{ host: 'cache', port: 6379 }],
      username: 'me',
      password: 'a:b%zz',
      tls: { caFile: '/ca.pem', certFile: null, keyFile: null, isVerified: true },
    },
  ],
  [
    'redis+sentinel://:secret@a:1,[::1],b/mymaster/2?sentinel_password=other',
    {
      kind: 'sentinel',
      nodes: [
        { host: 'a', port: 1 },
        { host: '::1', port: 26_379 },
        { host: 'b', port: 26_379 },
      ],
      masterName: 'mymaster',
      database: 2,
      password: 'secret',
      sentinelPassword: 'other',
    },
  ],
  [
    'rediss+cluster://a,b:7001?sslcert=/c.pem&sslkey=/k.pem&sslmode=no-verify',
    {
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 6379 },
        { host: 'b', port: 7001 },
      ],
      tls: { caFile: null, certFile: '/c.pem', keyFile: '/k.pem', isVerified: false },
    },
  ],
])('%s is read', (url, expected) => {
  expect(parseRedisUrl(url)).toEqual({ ...nothing, ...expected });
});

test.each([
  ['redis://', /names no host/u],
  ['redis+other://a', /none of the forms/u],
  ['redis://a,b', /several hosts/u],
  ['redis://a:99999', /no port/u],
  ['redis://a:b:c', /a host is written/u],
  ['redis://a/x', /number of a database/u],
  ['redis+cluster://a/1', /no database but 0/u],
  ['redis+sentinel://a:1', /lacks the name/u],
  ['redis://a?sslrootcert=/ca', /write rediss/u],
  ['rediss://a?sslcert=/c', /go together/u],
  ['rediss://a?sslmode=prefer', /verify-full/u],
  ['rediss://a?rejectUnauthorized=false', /a parameter rejectUnauthorized/u],
])('%s is refused', (url, reason) => {
  expect(() => parseRedisUrl(url)).toThrow(reason);
});

test('the address for people holds neither user nor password', () => {
  expect(describeRedis(parseRedisUrl('rediss+sentinel://me:secret@a,[::1]:2/m/1?sentinel_password=s'))).toBe(
    'rediss+sentinel://a:26379,[::1]:2/m/1',
  );
  expect(describeRedis(parseRedisUrl('redis://:secret@a'))).toBe('redis://a:6379');
});
