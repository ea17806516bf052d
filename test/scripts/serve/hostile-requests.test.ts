/** Requests made up by chance: each gets an answer or a refusal in OpenAI's shape, none a fault, and a normal one is answered after. */
import { expect, it } from 'vitest';
import { seededRandom } from '../../../scripts/statistics/seeded-random.ts';
import { metric, post, question, scriptedEndpoint } from './scripted-endpoint.ts';

/** 10,000 take a minute: TOKENLAP_TEST_HOSTILE=10000 npx vitest run <this file> */
const requests = Number(process.env.TOKENLAP_TEST_HOSTILE ?? 400);
const atOnce = 8;
const refusals = [400, 404, 405, 413, 415, 429];

type Random = () => number;
const whole = (random: Random, below: number) => Math.floor(random() * below);
function pick<T>(random: Random, options: readonly [T, ...T[]]): T {
  return options[whole(random, options.length)] ?? options[0];
}

const fields = [
  ...['model', 'messages', 'prompt', 'stream', 'stream_options', 'max_tokens', 'max_completion_tokens', 'n_predict'],
  ...[
    'temperature',
    'top_p',
    'top_k',
    'min_p',
    'seed',
    'stop',
    'n',
    'best_of',
    'logit_bias',
    'logprobs',
    'tools',
    'functions',
  ],
  ...[
    'tool_choice',
    'response_format',
    'modalities',
    'ignore_eos',
    'return_token_ids',
    'frequency_penalty',
    'echo',
    'suffix',
  ],
  ...[
    'options',
    'grammar',
    'user',
    'metadata',
    'constructor',
    'toString',
    'hasOwnProperty',
    'x\r\ny: z',
    '',
    'ü',
    '\u0000',
  ],
] as const;

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

function oddValue(random: Random): unknown {
  return pick<() => unknown>(random, [
    () => null,
    () => random() < 0.5,
    () => pick(random, [0, -0, -1, 1, 2, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 53, -(2 ** 63), 5e-324]),
    () =>
      pick(random, [
        '',
        ' ',
        'text',
        '\ud800',
        '\u0000',
        '\u001b[2J',
        '<|im_start|>',
        '\u202e',
        '../../etc/passwd',
        '$&',
      ]),
    () => 'x'.repeat(whole(random, 3000)),
    () => [],
    () => ({}),
    () => nested(pick(random, [1, 5, 50, 1000, 4000])),
    () => Array.from({ length: whole(random, 40) }, () => whole(random, 300) - 20),
    () => Array.from({ length: whole(random, 40) }, () => 'a'),
    () => ({ type: pick(random, ['text', 'json_schema', 'image_url', '']), text: 'a' }),
    () => [{ role: pick(random, ['user', 'tool', 'assistant', 'system', '']), content: oddValue(random) }],
    () => ({ [`${random()}`]: oddValue(random) }),
  ])();
}

function hostileBody(random: Random): string | Uint8Array {
  const body: Record<string, unknown> = { model: 'paper', ...question('ab'), prompt: 'ab', max_tokens: 3 };
  for (let i = whole(random, 4); i >= 0; i--) body[pick(random, fields)] = oddValue(random);
  if (random() < 0.1) delete body.model;
  const text = JSON.stringify(body);
  if (random() < 0.75) return text;
  // Cut off, doubled, or with some bytes that are others.
  const bytes = Buffer.from(text);
  if (random() < 0.3) return bytes.subarray(0, whole(random, bytes.length));
  if (random() < 0.2) return Buffer.concat([bytes, bytes]);
  for (let i = whole(random, 5); i >= 0; i--) bytes[whole(random, bytes.length)] = whole(random, 256);
  return bytes;
}

it(`${requests} requests made up by chance get an answer or a refusal`, { timeout: 1_800_000 }, async () => {
  const endpoint = await scriptedEndpoint('', { queueLimit: 2 * atOnce });
  const random = seededRandom(Number(process.env.TOKENLAP_TEST_SEED ?? 20_261));
  const seen = new Map<number, number>();
  let left = requests;
  const attack = async () => {
    while (left-- > 0) {
      const path = pick(random, ['/chat/completions', '/chat/completions', '/completions', '/models', '/nothing']);
      const body = hostileBody(random);
      const headers = {
        'content-type': pick(random, [
          'application/json',
          'application/json',
          'application/json; charset=utf-8',
          'text/plain',
        ]),
      };
      const response = await fetch(endpoint.url + path, { method: 'POST', headers, body });
      const text = await response.text();
      seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
      if (response.status === 200) continue;
      const sent = `${path} ${Buffer.from(body).toString('latin1').slice(0, 300)}`;
      expect(refusals, `${sent}\n${text}`).toContain(response.status);
      expect(JSON.parse(text), sent).toMatchObject({
        error: { message: expect.stringMatching(/\S/), type: expect.any(String) },
      });
      expect(text.length, sent).toBeLessThan(2000);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, attack));
  expect(seen.get(200)).toBeGreaterThan(requests / 50);
  expect(seen.get(400)).toBeGreaterThan(requests / 4);
  const normal = await post(endpoint, '/chat/completions', question('ab'));
  expect(await normal.json()).toMatchObject({ choices: [{ message: { content: 'ba' } }] });
  expect(await metric(endpoint, 'tokenlap_engine_restarts_total')).toBe(0);
});
