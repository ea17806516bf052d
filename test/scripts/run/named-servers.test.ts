import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { knownServers } from '../../../scripts/frameworks/openai/server-address.ts';
import { chooseFrameworks, frameworksNamed } from '../../../scripts/run/framework-choice.ts';

const variable = 'TOKENLAP_OPENAI_URL';
const before = process.env[variable];
afterEach(() => {
  if (before === undefined) delete process.env[variable];
  else process.env[variable] = before;
});

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
    delete process.env[variable];
    const { chosen } = await chooseFrameworks(['sglang']);
    expect(chosen.map(({ name }) => name)).toEqual(['openai']);
    expect(process.env[variable]).toBe(server.url);
  } finally {
    server.close();
  }
});

it('one that does not answer is told with what starts it, and our own endpoint is not measured in its place', async () => {
  delete process.env[variable];
  await expect(chooseFrameworks(['sglang'])).rejects.toMatchObject({
    message: expect.stringContaining('SGLang does not answer at http://127.0.0.1:30000'),
    remedy: expect.stringContaining('--url URL'),
    exitCode: 3,
  });
  expect(process.env[variable]).toBeUndefined();
});

it('an address that a person gave is taken as it is', async () => {
  process.env[variable] = 'http://127.0.0.1:9';
  await chooseFrameworks(['sglang']);
  expect(process.env[variable]).toBe('http://127.0.0.1:9');
});

it('two names of one framework are one, and two servers are refused', async () => {
  expect((await frameworksNamed(['llamacpp', 'llama.cpp'])).length).toBe(1);
  await expect(frameworksNamed(['ollama', 'vllm'])).rejects.toThrow(/a command asks one/);
});
