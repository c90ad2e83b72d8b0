import { expect, test } from 'vitest';
import { requestProblem } from './request-problem.ts';

const loopback = { publicUrl: null, listensOn: '127.0.0.1' };
const published = { publicUrl: 'https://voxport.example.com', listensOn: '0.0.0.0' };
const status = (hostname: string, settings: Parameters<typeof requestProblem>[1]): number | undefined =>
  requestProblem({ url: '/', hostname }, settings)?.status;

test('a NUL in the address is refused', () => {
  expect(requestProblem({ url: '/failures?class=a%00b', hostname: 'localhost' }, loopback)?.status).toBe(400);
});

test('on a loopback address only names that are nobody’s domain are answered', () => {
  for (const name of ['localhost', '127.0.0.1', '[::1]', 'voxport.localhost', 'gateway'])
    expect(status(name, loopback), name).toBeUndefined();
  for (const name of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example'])
    expect(status(name, loopback), name).toBe(421);
});

test('behind a proxy the public name is, and what proxies and health checks ask by', () => {
  for (const name of ['voxport.example.com', 'VOXPORT.example.com', 'gateway', '10.0.0.7'])
    expect(status(name, published), name).toBeUndefined();
  expect(status('evil.example', published)).toBe(421);
});

test('published under a name that is not configured, every name is answered', () => {
  expect(status('voxport.example.com', { publicUrl: null, listensOn: '0.0.0.0' })).toBeUndefined();
});
