import { expect, it } from 'vitest';
import type { AnswerRecord, RunRecord } from '../../../scripts/measure/run-log-format.ts';
import { runWarnings } from '../../../scripts/measure/run-warnings.ts';

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
  { of: 'a cached prompt', records: [answer({ cachedPromptTokens: 4 })], codes: ['cached_prompts'] },
])('a run with $of has the warnings $codes', ({ records, codes }) => {
  const found = runWarnings(records).map(({ code }) => code);
  expect(found.filter((code) => code !== 'few_answers')).toEqual(codes);
});
