import { describe, expect, test } from 'vitest';
import { crossSiteProblem } from './refuse-cross-site.ts';

const host = 'voxport.local:7480';
const own = `http://${host}`;
const problem = (method: string, headers: Record<string, string>, publicUrl: string | null = null): string | null =>
  crossSiteProblem({ method, host, headers }, publicUrl);

describe('a request that changes something', () => {
  test.each([[{ origin: own }], [{ origin: own, 'sec-fetch-site': 'same-origin' }]])('passes with %j', (headers) => {
    expect(problem('POST', headers)).toBeNull();
  });

  test.each([
    [{}],
    [{ origin: 'null' }],
    [{ origin: 'https://evil.example' }],
    [{ origin: `http://${host}.evil.example` }],
    [{ origin: own, 'sec-fetch-site': 'cross-site' }],
    [{ origin: own, 'sec-fetch-site': 'same-site' }],
    [{ origin: 'http://voxport.local:9999' }],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }],
  ])('is refused with %j', (headers) => {
    expect(problem('POST', headers)).toMatch(/refused|Origin/u);
  });

  test('behind a proxy it comes from the public address', () => {
    expect(problem('POST', { origin: 'https://voxport.example.com' }, 'https://voxport.example.com')).toBeNull();
    expect(problem('POST', { origin: 'https://voxport.example.com' })).toMatch(/VOXPORT_PUBLIC_URL/u);
  });
});

describe('a request that reads', () => {
  test('passes from a script, from the address bar, from our pages and as a link from elsewhere', () => {
    expect(problem('GET', {})).toBeNull();
    expect(problem('GET', { 'sec-fetch-site': 'none' })).toBeNull();
    expect(problem('GET', { 'sec-fetch-site': 'same-origin' })).toBeNull();
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect(problem('GET', link)).toBeNull();
  });

  test.each([
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
    [{ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    [{ origin: 'https://evil.example' }],
  ])('is refused with %j', (headers) => {
    expect(problem('GET', headers)).toMatch(/refused/u);
  });
});
