/** What transformers makes of an exported folder, and what llama.cpp and our PyTorch make of the file it was exported from. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { interpreterFor } from '../../../../scripts/engine/python-interpreter.ts';
import type { Framework } from '../../../../scripts/frameworks/framework.ts';
import { llamacpp } from '../../../../scripts/frameworks/llamacpp/framework.ts';
import { transformers } from '../../../../scripts/frameworks/transformers/framework.ts';
import { logitRows, openEngine } from '../../frameworks/onnx/engines.ts';
import { present } from '../../frameworks/present.ts';

const loader = fileURLToPath(new URL('load_in_transformers.py', import.meta.url));

/** Whether to compare with it: in CI it is installed, elsewhere its absence is printed. */
export const hasTransformers = await present(transformers);

export const texts = [
  'The quick brown fox jumps over the lazy dog.',
  'Grüße aus Köln: naïve café, señor — 20 °C',
  'Привет, мир! 日本語のテキスト。한국어 문장.',
  '🙂 👩‍👩‍👧 🇪🇺 ½ ∑ ∞ ﬁ',
  '0 12 345 6789 3.14159 1,000,000',
  '  two leading blanks,\ttabs\tand  two  within ',
  'line one\nline two\r\nline three\n\n\nline six',
  "I'll say we've it's you'd: {\"key\": [1, null]} <b>&amp;</b>",
  'def f(x):\n    return x ** 2  # comment\n',
  '<|im_start|>user\nWhat is 2 + 2?<|im_end|>\n<|im_start|>assistant\n',
  'a',
];

const answerSchema = z.object({
  model_class: z.string(),
  dtype: z.string(),
  unmatched: z.array(z.string()),
  ids: z.array(z.array(z.int())),
  wrapped: z.array(z.int()),
  decoded: z.array(z.string()),
  end_ids: z.union([z.int(), z.array(z.int())]),
  chat: z.string().nullable(),
  logits: z.array(z.array(z.number())),
});

/** One process loads all folders, since most of the time goes into importing transformers. */
export async function inTransformers(folders: readonly string[], tokens: readonly number[]) {
  const { path } = await interpreterFor(transformers);
  const place = mkdtempSync(join(tmpdir(), 'tokenlap-transformers-'));
  try {
    const [request, answers] = [join(place, 'request.json'), join(place, 'answers.json')];
    writeFileSync(request, JSON.stringify({ folders, texts, tokens }));
    const { status, stderr } = spawnSync(path, [loader, request, answers], {
      encoding: 'utf8',
      env: { ...process.env, HF_HUB_OFFLINE: '1', TRANSFORMERS_OFFLINE: '1' },
    });
    if (status !== 0) throw new Error(stderr.slice(-2000));
    return z.array(answerSchema).parse(JSON.parse(readFileSync(answers, 'utf8')));
  } finally {
    rmSync(place, { recursive: true });
  }
}

/** Logits after each token, and the ids of all texts. */
export async function inOurs(path: string, computing: Framework, tokens: readonly number[]) {
  // Flash attention of llama.cpp rounds to half precision.
  const settings = { contextTokens: 128, flashAttention: 'off' } as const;
  await using reference = await openEngine(llamacpp, path, settings);
  const ids: number[][] = [];
  for (const text of texts) ids.push([...(await reference.engine.tokenize(text)).ids]);
  await using computed = await openEngine(computing, path, settings);
  return { ids, logits: await logitRows(computed.engine, tokens, 1) };
}
