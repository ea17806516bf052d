import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareCells } from '../../../scripts/compare/comparison.ts';
import { comparisonText } from '../../../scripts/compare/comparison-text.ts';
import { spanMs } from '../../../scripts/log/time-log.ts';
import { answerMetrics, meanAttendedPositions, runRates } from '../../../scripts/results/figures/metrics.ts';
import type { RunSummary } from '../../../scripts/results/run-summary.ts';
import { commonWarnings, runWarnings } from '../../../scripts/run/run-warnings.ts';
import { interleave } from '../../../scripts/statistics/seeded-random.ts';
import { hashOfIds } from '../../../scripts/workloads/questions/qa-routine.ts';
import { defaultQuestionsFile, readQuestions } from '../../../scripts/workloads/questions/questions.ts';
import { type AnswerRecord, questionOrder } from '../../../scripts/workloads/questions/records.ts';
import { questions as questionsWorkload } from '../../../scripts/workloads/questions/workload.ts';
import { outputFolder } from '../../fakes/output-folder.ts';

/** 10 prompt tokens, 1 ms of template and tokenisation, prefill 4 ms, first token at 5 ms, then one every 2 ms. */
function answer(tokens: number, change: Partial<AnswerRecord> = {}): AnswerRecord {
  return {
    type: 'answer',
    answer: 0,
    phase: 'measured',
    round: 0,
    questionId: 'q',
    question: 'q',
    expected: null,
    text: '',
    correct: null,
    promptTokens: 10,
    cachedPromptTokens: 0,
    promptTokensSha256: 'c'.repeat(64),
    templateNs: 400_000,
    tokenizeNs: 600_000,
    startNs: 0,
    submitNs: 1e6,
    promptEvaluatedNs: 5e6,
    firstTokenNs: 6e6,
    lastTokenNs: 6e6 + (tokens - 1) * 2e6,
    tokens,
    stop: 'end',
    ...change,
  };
}

describe('the definitions', () => {
  it('hold for an answer worked out by hand', () => {
    expect(answerMetrics(answer(11))).toEqual({
      ttftMs: 6,
      tpotMs: 2,
      decodeTokensPerSecond: 500,
      prefillTokensPerSecond: 2500,
      prefillIsLowerBound: false,
      e2eMs: 26,
      e2eTokensPerSecond: 11 / 0.026,
    });
  });

  it('give no decode rate to a single token and nothing at all to none', () => {
    expect(answerMetrics(answer(1))).toMatchObject({ ttftMs: 6, tpotMs: null, decodeTokensPerSecond: null });
    const { firstTokenNs: _, lastTokenNs: __, ...silent } = answer(0);
    expect(answerMetrics(silent)).toMatchObject({ ttftMs: null, e2eMs: null, prefillTokensPerSecond: null });
  });

  it('call prefill a lower bound where only TTFT is known, and count new prompt tokens only', () => {
    const { promptEvaluatedNs: _, ...hidden } = answer(2);
    expect(answerMetrics(hidden)).toMatchObject({ prefillTokensPerSecond: 2000, prefillIsLowerBound: true });
    expect(answerMetrics(answer(2, { cachedPromptTokens: 6 })).prefillTokensPerSecond).toBe(1000);
  });

  it('average rates as total tokens over total time, not as a mean of rates', () => {
    const slow = answer(11, { lastTokenNs: 6e6 + 10 * 10e6 });
    // (10 + 10) / (20 ms + 100 ms), where the mean of the rates would be 300.
    expect(runRates([answer(11), slow]).decodeTokensPerSecond).toBeCloseTo(166.667, 3);
    expect(runRates([]).decodeTokensPerSecond).toBeNull();
  });

  it('count the KV positions that decoding attends to', () => {
    // Three decoded tokens after a prompt of 10 and the first token: 11, 12 and 13 positions... on average 12.
    expect(meanAttendedPositions([answer(4)])).toBe(12);
    expect(meanAttendedPositions([])).toBe(0);
  });

  it('hash token ids as little-endian int32', () => {
    // printf '\x01\0\0\0\x02\0\0\0' | sha256sum
    expect(hashOfIds([1, 2])).toBe('34fb5c825de7ca4aea6e712f19d439c1da0c92c37b423936c5f618545ca4fa1f');
  });

  it('add up the spans of one name, and know none that did not end', () => {
    const edge = (name: 'warmup' | 'kernel', at: 'start' | 'end', atNs: number) =>
      ({ type: 'checkpoint', name, edge: at, atNs }) as const;
    const checkpoints = [edge('warmup', 'start', 0), edge('warmup', 'end', 2e6), edge('kernel', 'start', 3e6)];
    expect(spanMs([...checkpoints, edge('warmup', 'start', 5e6), edge('warmup', 'end', 6e6)], 'warmup')).toBe(3);
    expect(spanMs(checkpoints, 'kernel')).toBeNull();
    expect(spanMs(checkpoints, 'model_load')).toBeNull();
  });
});

describe('interleaving', () => {
  it('mirrors every second iteration and runs every cell once in each', () => {
    const turns = interleave(['a', 'b', 'c'], 4, 7);
    const orders = [0, 1, 2, 3].map((i) => turns.filter(({ iteration }) => iteration === i).map(({ cell }) => cell));
    expect(orders[1]).toEqual(orders[0]?.toReversed());
    expect(orders[3]).toEqual(orders[2]?.toReversed());
    for (const order of orders) expect(order.toSorted()).toEqual(['a', 'b', 'c']);
    expect(interleave(['a', 'b', 'c'], 4, 7)).toEqual(turns);
  });
});

describe('questions', () => {
  it('of the repository are valid, and every round has an order of its own', async () => {
    const { questions } = await readQuestions(defaultQuestionsFile);
    expect(questions.length).toBeGreaterThan(20);
    const ids = (round: number) => questionOrder(questions, 42, round).map(({ id }) => id);
    expect(ids(0)).toEqual(ids(0));
    expect(ids(0)).not.toEqual(ids(1));
  });

  it.each([
    { text: '{', says: /is not JSON/ },
    { text: '{"questions": []}', says: /questions/ },
    { text: '{"questions": [{"id": "a", "question": "x"}, {"id": "a", "question": "y"}]}', says: /"a" occurs twice/ },
    { text: '[1]', says: /expected object/i },
  ])('that are not questions are refused with what is wrong: $text', async ({ text, says }) => {
    const path = join(outputFolder(), 'questions.json');
    writeFileSync(path, text);
    await expect(readQuestions(path)).rejects.toThrow(says);
  });

  it('that are not there are refused with the path', async () => {
    await expect(readQuestions('/nowhere/questions.json')).rejects.toThrow(/\/nowhere\/questions.json/);
  });
});

describe('doubts', () => {
  it('name short answers, few answers and slow outliers, each with what mends it', () => {
    const answers = [4, 4, 4].map((tokens) => answer(tokens));
    const codes = runWarnings(answers, questionsWorkload).map(({ code }) => code);
    expect(codes).toEqual(['few_answers', 'short_answers']);
    const steady = Array.from({ length: 12 }, (_, i) => answer(11 + (i % 3)));
    expect(runWarnings(steady, questionsWorkload)).toEqual([]);
    const hiccup = answer(11, { lastTokenNs: 6e6 + 10 * 20e6 });
    const jitter = steady.map((one, i) => ({ ...one, lastTokenNs: (one.lastTokenNs ?? 0) + i * 1e5 }));
    expect(runWarnings([...jitter, hiccup], questionsWorkload).map(({ code }) => code)).toContain('slow_outliers');
    expect(runWarnings([], questionsWorkload)).toEqual([]);
  });
});

describe('a comparison', () => {
  const run = (tokensPerSecond: number, change: object = {}): RunSummary =>
    ({
      status: 'completed',
      comparable: true,
      error: null,
      warnings: [{ code: 'busy', message: 'it was busy' }],
      kernel: null,
      session: null,
      memory: { peakBytes: 5e6 },
      answers: {
        totals: { decodeTokensPerSecond: tokensPerSecond, prefillTokensPerSecond: 1 },
        ttftMs: { median: 3 },
        score: { questions: 2, correct: 2, answers: 2 },
        outputSha256: 'said',
      },
      ...change,
    }) as unknown as RunSummary;
  const cell = (framework: string, weightClass: string, rates: readonly number[], problems = []) => ({
    framework,
    quantize: 'x',
    weightClass,
    runs: rates.map((rate) => run(rate)),
    problems,
    parity: null,
  });

  it('ranks within a weight class and never across classes', () => {
    const fast = [100, 101, 102, 103, 104, 105];
    const slow = [50, 51, 52, 53, 54, 55];
    const result = compareCells(
      [cell('a', '8-bit', slow), cell('b', '8-bit', fast), cell('c', '4-bit', fast)],
      'decode',
    );
    expect(result.classes.map(({ weightClass }) => weightClass)).toEqual(['8-bit', '4-bit']);
    expect(result.classes[0]?.rows.map(({ framework, against }) => [framework, against?.verdict])).toEqual([
      ['b', undefined],
      ['a', 'lower'],
    ]);
    expect(comparisonText(result)).toMatch(/a .*2\/2 +- +0\.512x \(0\.493 to 0\.532\), slower/);
  });

  it('marks a prefill rate that is only a lower bound', () => {
    const bounded = { totals: { decodeTokensPerSecond: 9, prefillTokensPerSecond: 321 }, prefillIsLowerBound: true };
    const hidden = {
      ...cell('b', '8-bit', []),
      runs: [
        run(9, { answers: { ...bounded, ttftMs: { median: 3 }, judged: 0, correct: null, outputSha256: 'said' } }),
      ],
    };
    const text = comparisonText(compareCells([cell('a', '8-bit', [9]), hidden], 'decode'));
    expect(text).toMatch(/^ *b .*≥ 321/m);
    expect(text).not.toMatch(/^ *a .*≥/m);
  });

  it('lists what did not run with its reason and the next step, and does not rank what is not comparable', () => {
    const broken = {
      ...cell('a', '8-bit', []),
      runs: [run(0, { status: 'failed', error: { message: 'it broke', remedy: 'mend it' } })],
    };
    const software = { ...cell('b', '8-bit', []), runs: [run(500, { comparable: false })] };
    const result = compareCells([broken, software, cell('c', '8-bit', [1, 2, 3])], 'decode');
    expect(result.notRun).toEqual([
      { framework: 'a', quantize: 'x', status: 'failed', reason: 'it broke', remedy: 'mend it' },
    ]);
    const text = comparisonText(result);
    expect(text).toMatch(/b .*not ranked: not comparable/);
    expect(text).toMatch(/c .*the only one ranked/);
    expect(text).toMatch(/it broke\. mend it/);
  });

  it('without parity ranks nothing but equal outputs', () => {
    const said = (framework: string, rates: readonly number[], outputSha256: string | null) => ({
      ...cell(framework, '8-bit', []),
      runs: rates.map((rate) =>
        run(
          rate,
          outputSha256 === null
            ? { answers: null, kernel: { tg: { mean: rate } } }
            : { answers: answers(rate, outputSha256) },
        ),
      ),
    });
    const answers = (rate: number, outputSha256: string) => ({
      totals: { decodeTokensPerSecond: rate },
      score: null,
      outputSha256,
    });
    const result = compareCells(
      [said('a', [9, 9, 9], 'x'), said('b', [8, 8, 8], 'y'), said('c', [7, 7, 7], 'x')],
      'decode',
    );
    expect(result.classes[0]?.rows.map(({ framework, unranked }) => [framework, unranked])).toEqual([
      ['a', null],
      ['b', "parity was not checked, and its outputs differ from the fastest one's"],
      ['c', null],
    ]);
    expect(comparisonText(result)).toMatch(/^Parity was not checked: only what has equal outputs is ranked/);
    const kernel = compareCells([said('a', [9, 9, 9], null), said('b', [8, 8, 8], null)], 'tg');
    expect(kernel.classes[0]?.rows[1]).toMatchObject({
      unranked: 'parity was not checked, and there are no outputs to compare',
      against: null,
    });
  });

  it('says a warning of many runs once, with their number', () => {
    expect(commonWarnings([run(1), run(2)])).toEqual(['it was busy (2 of 2 runs; the first one)']);
  });
});
