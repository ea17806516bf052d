import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { knownServers } from '../../../scripts/frameworks/openai/server-address.ts';
import { chooseFrameworks, frameworksNamed } from '../../../scripts/run/run-options.ts';

afterEach(() => void vi.unstubAllEnvs());
beforeEach(() => void vi.stubEnv('TOKENLAP_OPENAI_URL', ''));

/** Its usual port is taken, where it is free. */
async function standIn(name: string) {
  const url = new URL(knownServers.find((server) => server.name === name)?.url ?? '');
  const server = createServer((_, response) => void response.writeHead(404).end()).listen(
    Number(url.port),
    url.hostname,
  );
  await once(server, 'listening');
  return { url: url.origin, close: () => server.close() };
}

it('a server that answers is asked at its usual address', async () => {
  const server = await standIn('sglang');
  try {
    const { chosen } = await chooseFrameworks(['sglang'], {});
    expect(chosen.map(({ name }) => name)).toEqual(['openai']);
    expect(chosen.map(({ given }) => given)).toEqual([{ url: server.url }]);
    expect(process.env.TOKENLAP_OPENAI_URL).toBe('');
  } finally {
    server.close();
  }
});

it('one that does not answer is told with what starts it, and our own endpoint is not measured in its place', async () => {
  await expect(chooseFrameworks(['sglang'], {})).rejects.toMatchObject({
    message: expect.stringContaining('SGLang does not answer at http://127.0.0.1:30000'),
    remedy: expect.stringContaining('--url URL'),
    exitCode: 3,
  });
});

it('an address that a person gave is taken as it is, on the command line before the environment', async () => {
  vi.stubEnv('TOKENLAP_OPENAI_URL', 'http://127.0.0.1:9');
  const given = async (typed: object) => (await chooseFrameworks(['sglang'], typed)).chosen[0]?.given;
  expect(await given({})).toEqual({ url: 'http://127.0.0.1:9' });
  expect(await given({ url: 'http://127.0.0.1:8' })).toEqual({ url: 'http://127.0.0.1:8' });
});

it('the client of servers asks our own endpoint when it is named and nothing else is said', async () => {
  const { chosen } = await chooseFrameworks(['openai'], {});
  expect(chosen.map(({ given }) => given)).toEqual([{ url: 'own' }]);
});

it('two names of one framework are one, and two servers are refused', async () => {
  expect((await frameworksNamed(['llamacpp', 'llama.cpp'], {})).length).toBe(1);
  await expect(frameworksNamed(['ollama', 'vllm'], {})).rejects.toThrow(/a command asks one/);
});
