import { expect, test } from 'vitest';
import { proxyOf, type ProxySettings } from './proxy.ts';

const both: ProxySettings = { httpProxy: 'http://one:1', httpsProxy: 'http://me:secret@two:2', noProxy: '' };

test.each([
  ['https://api.example.com/v1', both, { setting: 'HTTPS_PROXY', place: 'http://two:2' }],
  ['http://api.example.com', both, { setting: 'HTTP_PROXY', place: 'http://one:1' }],
  ['http://api.example.com', { ...both, httpProxy: null }, null],
  ['https://api.example.com', { ...both, noProxy: 'other.com, .example.com' }, null],
  ['https://example.com', { ...both, noProxy: '*.example.com' }, { setting: 'HTTPS_PROXY', place: 'http://two:2' }],
  ['https://a.example.com', { ...both, noProxy: '*.example.com' }, null],
  ['https://notexample.com', { ...both, noProxy: 'example.com' }, { setting: 'HTTPS_PROXY', place: 'http://two:2' }],
  ['https://example.com', { ...both, noProxy: 'example.com:8443' }, { setting: 'HTTPS_PROXY', place: 'http://two:2' }],
  ['https://example.com:8443', { ...both, noProxy: 'example.com:8443' }, null],
  ['http://[::1]:80/', { ...both, noProxy: '::1' }, null],
  ['http://[::1]:81/', { ...both, noProxy: '[::1]:80' }, { setting: 'HTTP_PROXY', place: 'http://one:1' }],
  ['http://127.0.0.1:9', { ...both, noProxy: '127.0.0.1' }, null],
  ['https://anything', { ...both, noProxy: '*' }, null],
  ['https://anything', null, null],
] as const)('%s', (address, settings, expected) => {
  expect(proxyOf(address, settings)).toEqual(expected);
});
