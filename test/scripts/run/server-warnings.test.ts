import { expect, it } from 'vitest';
import { compareCells } from '../../../scripts/compare/comparison.ts';
import type { RunRecord } from '../../../scripts/log/run-log-format.ts';
import { runWarnings } from '../../../scripts/run/run-warnings.ts';
import type { AnswerRecord } from '../../../scripts/workloads/questions/records.ts';
import { questions as questionsWorkload } from '../../../scripts/workloads/questions/workload.ts';
import { header } from '../../collate/run-records.ts';
import { simulatedCells } from '../../fakes/simulated-cells.ts';

function answer(change: Partial<AnswerRecord>): AnswerRecord {
  return {
    type: 'answer',
    answer: 0,
    phase: 'measured',
    round: 0,
    questionId: 'q',
    question: '?',
    expected: null,
    text: '',
    correct: null,
    promptTokens: 10,
    cachedPromptTokens: 0,
    promptTokensSha256: '',
    templateNs: 0,
    tokenizeNs: 0,
    startNs: 0,
    submitNs: 0,
    firstTokenNs: 1e6,
    lastTokenNs: 9e6,
    tokens: 20,
    stop: 'length',
    served: { chunks: 20, promptTokens: 10, tokens: 20 },
    ...change,
  };
}

const unnamed: RunRecord = { type: 'token', answer: 0, step: 0, id: -1, text: 'a', atNs: 1 };

it.each([
  { of: 'one token a piece', records: [answer({})], codes: [] },
  {
    of: 'several tokens a piece',
    records: [answer({ served: { chunks: 5, promptTokens: 10, tokens: 20 } })],
    codes: ['several_tokens_per_chunk'],
  },
  { of: 'tokens that nobody can name', records: [unnamed, answer({})], codes: ['token_counts_differ'] },
  {
    of: 'another prompt',
    records: [answer({ served: { chunks: 20, promptTokens: 31, tokens: 20 } })],
    codes: ['prompts_differ'],
  },
  {
    of: 'a server that tells no counts',
    records: [answer({ served: { chunks: 20, promptTokens: null, tokens: null } })],
    codes: [],
  },
  {
    of: 'tokens in two arrivals',
    records: [answer({ arrivals: 2, firstArrivalTokens: 10 })],
    codes: ['several_tokens_per_chunk', 'held_back'],
  },
  {
    of: 'an empty answer',
    records: [answer({ tokens: 0, served: { chunks: 0, promptTokens: 10, tokens: 1 } })],
    codes: ['empty_answers', 'short_answers'],
  },
  { of: 'a cached prompt', records: [answer({ cachedPromptTokens: 4 })], codes: ['cached_prompts'] },
])('a run with $of has the warnings $codes', ({ records, codes }) => {
  const found = runWarnings(records, questionsWorkload).map(({ code }) => code);
  expect(found.filter((code) => code !== 'few_answers')).toEqual(codes);
});

it.each([
  { of: 'answers of the length that was asked for', tokens: 64, stop: 'length', codes: [] },
  { of: 'a server that ignores the limit', tokens: 128, stop: 'length', codes: ['max_tokens_ignored'] },
  { of: 'a server that ends in spite of --ignore-eos', tokens: 20, stop: 'end', codes: ['end_not_ignored'] },
] as const)('a run with $of has the warnings $codes', ({ tokens, stop, codes }) => {
  const { model } = header(1, 'openai');
  const requested = { maxTokens: 64, ignoreEndOfSequence: true, minSeconds: 0.001 };
  const asked = header(1, 'openai', { requested, model: { ...model, parameters: 1e9 } });
  const served = { chunks: tokens, promptTokens: 10, tokens };
  const records = [asked, answer({ tokens, stop, served, lastTokenNs: 500e6 })];
  const warnings = runWarnings(records, questionsWorkload).filter(({ code }) => code !== 'few_answers');
  expect(warnings.map(({ code }) => code)).toEqual(codes);
  for (const { message } of warnings) expect(message).toMatch(new RegExp(`--max-tokens 64\\b.*\\b${tokens}\\b`));
});

it('a run without a rate is a row of the comparison with its reason, and in no sample', () => {
  const [cell] = simulatedCells([[100]]);
  const [run] = cell?.runs ?? [];
  if (cell === undefined || run?.answers == null) throw new Error('the cell has a run');
  const totals = { ...run.answers.totals, decodeTokensPerSecond: null };
  const warnings = [{ code: 'held_back', message: 'came in two writes' }];
  const held = { ...run, answers: { ...run.answers, totals }, warnings };
  const { classes, notRun } = compareCells([{ ...cell, runs: [held, run] }], 'decode');
  expect(classes.flatMap(({ rows }) => rows).map(({ runs }) => runs)).toEqual([1]);
  expect(notRun).toMatchObject([{ framework: 'contender-0', status: 'no rate', reason: 'came in two writes' }]);
});
