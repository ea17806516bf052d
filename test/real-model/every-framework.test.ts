/**
 * A model that was trained for real in every framework: a vocabulary of 49,152 tokens, tied embeddings, a template with a system
 * prompt of its own, blocks of a format that most engines write out as numbers. The reference is llama.cpp with the same values in F32.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Framework } from '../../scripts/frameworks/framework.ts';
import { resolveModel } from '../../scripts/models/resolve.ts';
import { modelRequestsOf, planBase } from '../../scripts/run/prepare.ts';
import { compareWithReferences } from '../../scripts/workloads/reference/compare-trials.ts';
import { parityProgram } from '../../scripts/workloads/reference/comparison-options.ts';
import { isNotJudged } from '../../scripts/workloads/reference/pass.ts';
import type { Candidate } from '../../scripts/workloads/reference/reference-choice.ts';
import { presentFrameworks } from '../scripts/frameworks/present.ts';
import { type Everything, everythingCompared, questionsOfParity } from './everything.ts';
import { realModel } from './real-model.ts';

const path = await realModel();
const frameworks = path === undefined ? [] : await presentFrameworks();

const output = mkdtempSync(join(tmpdir(), 'tokenlap-real-model-'));
afterAll(() => rmSync(output, { recursive: true, force: true }));

/** The format of the file where the framework runs it, else its values in F32, written out by our own converter. */
const formatFor = ({ quantizations }: Framework) => (quantizations.includes('q4_1') ? 'q4_1' : 'f32');

/** Order of summation alone, over a vocabulary of 49,152: what was seen is below a thousandth of the first. */
const largestKlOfF32 = 1e-6;
const closestChoiceOfF32 = 0.01;
/** Activations of 8 bits; seen were a gap of 0.08 and 0.0042 nats. */
const clearChoice = 0.5;
const largestKlOf8Bits = 0.02;

/** Ours is the time of all frameworks together; an engine that hangs ends earlier. */
const passTimeoutMs = 1_500_000;

describe.skipIf(path === undefined)('a real model', () => {
  const outcomes = new Map<string, Everything>();
  const failures = new Map<string, string>();
  let reference: Everything;

  beforeAll(async () => {
    const options = parityProgram()
      .parse(
        [
          ...['--model', path ?? '', '--reference', 'llamacpp:f32', '--output', output, '--timeout', '400'],
          // llama.cpp keeps keys and values in half precision otherwise, and its flash attention rounds to it.
          ...['--kv-type', 'f32', '--flash-attention', 'off', '--context', '512', '--threads', '1', '--device', 'cpu'],
        ],
        { from: 'user' },
      )
      .opts();
    const modelRequest = modelRequestsOf(options);
    const candidates: Candidate[] = [];
    for (const { framework } of frameworks) {
      const quantize = formatFor(framework);
      const request = modelRequest(framework, quantize);
      candidates.push({ framework, quantize, request, model: await resolveModel(request, () => {}) });
    }
    const { groups, outcomeOf } = await compareWithReferences(
      candidates,
      await everythingCompared(),
      { ...options, ...planBase(options), reference: options.reference, modelRequest, session: randomUUID() },
      { update: () => {}, stage: () => {}, end: () => {} },
      new AbortController().signal,
    );
    for (const candidate of candidates) {
      const outcome = outcomeOf(candidate);
      if (isNotJudged(outcome)) failures.set(candidate.framework.name, outcome.reason);
      else outcomes.set(candidate.framework.name, outcome);
    }
    const standing = groups[0]?.standing ?? null;
    if (standing === null || isNotJudged(standing)) throw new Error(`the reference: ${standing?.reason}`);
    reference = standing;
  }, passTimeoutMs);

  test('llama.cpp answers as a person would expect, and knows what it was asked before', () => {
    const [first, second] = reference.said;
    expect(first?.text).toMatch(/Paris/);
    expect(second?.text).toMatch(/Rome/);
    expect(second?.cachedPromptTokens).toBeGreaterThan(first?.promptTokens ?? Number.NaN);
    expect(reference.text.figures.perplexity.value).toBeGreaterThan(2);
    expect(reference.text.figures.perplexity.value).toBeLessThan(60);
  });

  describe.each(frameworks)('in $name', ({ name }) => {
    const outcome = (): Everything => {
      const found = outcomes.get(name);
      if (found === undefined) throw new Error(failures.get(name));
      return found;
    };

    test('gives the tokens of the reference, unless its arithmetic is coarser and the choice was close', () => {
      const { activations, answers, items, said } = outcome();
      const { questions, positions, equalTokens, referenceTokens, clearestDivergence, klMean, klMax } = answers.figures;
      expect({ questions, positions }).toEqual({ questions: questionsOfParity, positions: referenceTokens });
      if (activations !== 'f32') {
        // Of so few positions one is a large share: the verdict, which counts them, is left to longer runs.
        expect(activations).toMatch(/8/);
        expect(clearestDivergence?.referenceGap ?? 0).toBeLessThan(clearChoice);
        expect(klMean).toBeLessThan(largestKlOf8Bits);
        return;
      }
      expect(answers).toMatchObject({ status: 'passed', reasons: [] });
      expect(klMax).toBeLessThan(largestKlOfF32);
      expect(clearestDivergence?.referenceGap ?? 0).toBeLessThan(closestChoiceOfF32);
      if (clearestDivergence === null) expect(equalTokens).toBe(referenceTokens);
      expect(items.map(({ answers: given }) => given.map(({ tokens }) => tokens))).toEqual(
        reference.items.map(({ answers: given }) => given.map(({ tokens }) => tokens)),
      );
      expect(items.map(({ messages }) => messages)).toEqual(reference.items.map(({ messages }) => messages));
      expect(said.map(({ text }) => text)).toEqual(reference.said.map(({ text }) => text));
    });

    test('finds the text as likely as the reference does', () => {
      const { activations, text } = outcome();
      const { value } = text.figures.perplexity;
      const expected = reference.text.figures.perplexity.value;
      expect(Math.abs(Math.log(value / expected))).toBeLessThan(activations === 'f32' ? 1e-5 : 0.02);
      expect(text.text.tokensSha256).toBe(reference.text.text.tokensSha256);
    });
  });
});
