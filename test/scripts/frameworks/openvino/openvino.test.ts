/** OpenVINO, with a real one: small models against float64, and real answers and logits against llama.cpp. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collateAll } from '../../../../collate/incremental/collate-all.ts';
import { readTable } from '../../../../collate/tables/read.ts';
import { interpreterFor } from '../../../../scripts/engine/python-interpreter.ts';
import { llamacpp } from '../../../../scripts/frameworks/llamacpp/framework.ts';
import { openvino } from '../../../../scripts/frameworks/openvino/framework.ts';
import { chatTemplateOf } from '../../../../scripts/models/chat-template/chat-template.ts';
import { resolveModel } from '../../../../scripts/models/resolve.ts';
import { operatorsTable } from '../../../../scripts/results/operators-table.ts';
import { defaultQuestionsFile, readQuestions } from '../../../../scripts/workloads/questions/questions.ts';
import { pythonTestsIn, runPythonTest } from '../../../fakes/python-tests.ts';
import { script } from '../../../fakes/script.ts';
import { present } from '../present.ts';
import { furthest, loadedEngine, logitsOf, type RandomKind, randomKinds, randomModel } from '../random-models.ts';

const greedy = { temperature: 0, seed: 1, ignoreEndOfSequence: false, reusePrefix: false, stream: false };

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenlap-openvino-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const qwen3: RandomKind = { kind: 'qwen3', architecture: 'qwen3', changes: {}, tolerance: 1e-5 };

describe.runIf(await present(openvino))('OpenVINO', () => {
  it.each(pythonTestsIn(import.meta.dirname))('passes %s', async (name) => {
    const { path: python } = await interpreterFor(openvino);
    await runPythonTest(python, import.meta.dirname, name);
  });

  it.each(['f32', 'f16', 'q8_0', 'q4_0'])(
    'answers every predefined question with the ids of llama.cpp in %s',
    async (quantize) => {
      const request = { size: 'tiny', algorithm: undefined, quantize, path: undefined, synthetic: false, seed: 1 };
      const model = await resolveModel({ ...request, offline: true, formats: openvino.quantizations }, () => {});
      const template = chatTemplateOf(model);
      await using reference = await loadedEngine(llamacpp, model.path);
      await using engine = await loadedEngine(openvino, model.path);
      for (const { question } of (await readQuestions(defaultQuestionsFile)).questions) {
        const { text } = await template([{ role: 'user', content: question }]);
        const { ids: prompt } = await reference.tokenize(text);
        const asked = { prompt, maxTokens: 128, ...greedy };
        expect((await engine.generate(asked)).ids).toEqual((await reference.generate(asked)).ids);
      }
    },
  );

  it.each([...randomKinds, qwen3])('has the logits of llama.cpp for a random $kind', async (kind) => {
    const path = await randomModel(kind, folder);
    const [reference, ours] = [await logitsOf(llamacpp, path, folder), await logitsOf(openvino, path, folder)];
    expect(furthest(ours, reference)).toBeLessThan(kind.tolerance);
  });

  it('generates what OpenVINO GenAI generates from the same file', { timeout: 120_000 }, async () => {
    const benchmark = [
      'harness',
      '--framework',
      'openvino',
      '--starts',
      '1',
      '--n-prompt',
      '4',
      '--n-gen',
      '16',
      '--json',
    ];
    const { code, stdout, stderr } = await script('scripts/overhead.ts', [...benchmark, '--shapes', 'tiny:q8_0']);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject([
      { comparisons: [{ test: 'tg', reference: { name: 'openvino-genai' }, others: [{ name: 'tokenlap' }] }] },
    ]);
    const refused = await script('scripts/overhead.ts', [...benchmark, '--shapes', 'tiny:f32']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/OpenVINO GenAI reads matrices in .*, and not in F32\n/);
  });

  it('times its operators when it is asked to, layer by layer', { timeout: 120_000 }, async () => {
    const output = join(folder, 'profiled');
    const run = ['--size', 'tiny', '--threads', '1', '--max-tokens', '8', '--warmup', '1', '--min-seconds', '0'];
    expect((await script('scripts/openvino-benchmark.ts', [...run, '--profile', '--output', output])).code).toBe(0);
    await collateAll({ output });
    const rows = readTable(output, operatorsTable);
    for (const phase of ['prefill', 'decode']) {
      const own = rows.filter((row) => row.phase === phase);
      expect(new Set(own.flatMap(({ layer }) => layer ?? [])).size).toBe(4);
      expect(own.map(({ operator }) => operator)).toEqual(
        expect.arrayContaining([
          'attn_q',
          'attn_k',
          'attn_v',
          'attention',
          'attn_output',
          'ffn_gate',
          'ffn_up',
          'ffn_down',
          'output',
        ]),
      );
      const summed = own.reduce((sum, row) => sum + (row.operator_ms ?? 0), 0);
      expect(summed).toBeGreaterThan(0);
      expect(summed / (own[0]?.evaluation_ms ?? 0)).toBeLessThan(1.05);
    }
  });
});
