import { describe, expect, it } from 'vitest';
import { authorize, isLoopback } from '../../../scripts/serve/admission.ts';
import { post, question, scriptedEndpoint } from './scripted-endpoint.ts';

it.each([
  { host: '127.0.0.1', loopback: true },
  { host: '127.1.2.3', loopback: true },
  { host: 'localhost', loopback: true },
  { host: '::1', loopback: true },
  { host: '[::1]', loopback: true },
  { host: '0.0.0.0', loopback: false },
  { host: '::', loopback: false },
  { host: '192.168.0.2', loopback: false },
  { host: '127.evil.example', loopback: false },
  { host: 'localhost.evil.example', loopback: false },
])('$host is loopback: $loopback', ({ host, loopback }) => {
  expect(isLoopback(host)).toBe(loopback);
});

describe('without a key', () => {
  it.each(['localhost:8080', '127.0.0.1:1', '[::1]:8080', undefined])('whoever says %s is this machine', (host) => {
    expect(() => authorize(undefined, { host })).not.toThrow();
  });

  it('a page that had its own name point here is refused', () => {
    expect(() => authorize(undefined, { host: 'evil.example:8080' })).toThrow(expect.objectContaining({ status: 403 }));
  });
});

describe('with a key', () => {
  it.each([
    { authorization: 'Bearer secret', status: undefined },
    { authorization: 'bearer  secret', status: undefined },
    { authorization: 'Bearer secre', status: 401 },
    { authorization: 'Bearer secrets', status: 401 },
    { authorization: 'secret', status: 401 },
    { authorization: 'Basic secret', status: 401 },
    { authorization: '', status: 401 },
    { authorization: undefined, status: 401 },
  ])('"$authorization" gives $status', ({ authorization, status }) => {
    const asking = () => authorize('secret', { authorization, host: 'anything.example' });
    if (status === undefined) expect(asking).not.toThrow();
    else expect(asking).toThrow(expect.objectContaining({ status }));
  });

  it('everything but the bare health needs it, and a body is not even read without', async () => {
    const endpoint = await scriptedEndpoint('', { apiKey: 'secret' });
    const base = endpoint.url.replace('/v1', '');
    for (const path of ['/v1/models', '/metrics', '/v1/models/paper', '/nope']) {
      const response = await fetch(base + path);
      expect(response.status, path).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
    }
    const refused = await post(endpoint, '/chat/completions', { junk: 'x'.repeat(100_000) });
    expect(refused.status).toBe(401);
    expect(await (await fetch(`${base}/health`)).json()).toEqual({ status: 'ok' });
    const headers = { authorization: 'Bearer secret' };
    expect((await post(endpoint, '/chat/completions', question('ab'), { headers })).status).toBe(200);
    expect(await (await fetch(`${base}/health`, { headers })).json()).toMatchObject({ model: 'paper' });
  });
});
