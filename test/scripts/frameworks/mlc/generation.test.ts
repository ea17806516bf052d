/**
 * Generation itself, in a real browser, with a real web-llm and a real library, on random weights. A library is needed that
 * fits the web-llm, and minutes where the adapter is a software one, so this is asked for:
 *
 *   TOKENLAP_TEST_MLC_LIBRARY=FILE.wasm [TOKENLAP_TEST_WEB_LLM=DIR] npx vitest run test/scripts/frameworks/mlc/generation
 *
 * Libraries: github.com/mlc-ai/binary-mlc-llm-libs; those of v0_2_48 go with web-llm 0.2.79.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { monotonicNow } from '../../../../scripts/engine/clock.ts';
import { startEngine } from '../../../../scripts/engine/engine.ts';
import { mlc } from '../../../../scripts/frameworks/mlc/framework.ts';
import { configured } from '../../../../scripts/frameworks/registry.ts';
import { defaultEngineSettings, type EngineSettings } from '../../../../scripts/settings/settings.ts';
import { skipped } from '../../../fakes/skipped.ts';
import { writeRandomModel } from './random-weights.ts';

const library = process.env.TOKENLAP_TEST_MLC_LIBRARY;
const reason = 'generation in a browser: TOKENLAP_TEST_MLC_LIBRARY names no library';
const minutes = 60_000;

const settings: EngineSettings = { ...defaultEngineSettings, device: 'webgpu', contextTokens: 64 };

it.skipIf(skipped(library === undefined, reason))(
  'evaluates a prompt and decodes, and the stamps agree with the times that web-llm takes itself',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tokenlap-mlc-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    process.env.TOKENLAP_MODEL_LIB = library;
    if (process.env.TOKENLAP_TEST_WEB_LLM !== undefined)
      process.env.TOKENLAP_WEB_LLM = process.env.TOKENLAP_TEST_WEB_LLM;
    const params = writeRandomModel(library ?? '', folder);
    const wanted = { ...settings, framework: configured(mlc).given ?? {} };
    await using engine = await startEngine({
      framework: mlc,
      originNs: monotonicNow(),
      settings: wanted,
      timeoutMs: 20 * minutes,
    });
    expect(await engine.probe()).toMatchObject({ status: 'available' });
    const loaded = await engine.load(folder, wanted);
    expect(loaded.effective.settings.contextTokens).toBe(64);
    expect(loaded.effective.comparable).toBe(loaded.effective.build['adapter.software'] !== true);
    const { ids: prompt } = await engine.tokenize('Hi');
    expect(prompt).toHaveLength(2);
    const { ids, pieces, atNs, submitNs, promptEvaluatedNs, stop } = await engine.generate({
      prompt,
      maxTokens: 2,
      temperature: 0,
      seed: 42,
      ignoreEndOfSequence: true,
      reusePrefix: false,
      stream: false,
    });
    expect(stop).toBe('length');
    expect(ids).toHaveLength(2);
    expect(pieces).toHaveLength(2);
    const vocabulary = params.find(({ name }) => name.includes('embed'))?.shape[0] ?? 0;
    expect(Math.max(...ids)).toBeLessThan(vocabulary);
    const [first = 0, second = 0] = atNs;
    expect(promptEvaluatedNs).toBeGreaterThan(submitNs);
    expect(first).toBeGreaterThan(promptEvaluatedNs ?? 0);
    // By its definition the first token belongs to the prefill.
    const { webLlmPrefillTokensPerSecond: prefill, webLlmDecodeTokensPerSecond: decode } = await engine.statistics();
    expect(Number(prefill) / (2e9 / (first - submitNs))).toBeCloseTo(1, 1);
    expect(Number(decode) / (1e9 / (second - first))).toBeCloseTo(1, 1);
    const { deviceBytes, weightsBytes } = await engine.memory();
    expect(deviceBytes).toBeGreaterThan(weightsBytes ?? Number.POSITIVE_INFINITY);
  },
  40 * minutes,
);
