import { expect, it } from 'vitest';
import type { LoadRequestRecord, LoadStageRecord } from '../../../../scripts/workloads/load/records.ts';
import { loadWarnings } from '../../../../scripts/workloads/load/text.ts';
import { header } from '../../../collate/run-records.ts';

const second = 1e9;
const loadHeader = header(1, 'openai', { workload: 'load', requested: { load: 'rate=10' } });
const failed = { stop: null, failure: { kind: 'timeout', status: null, message: 'late' } } as const;

/** Sixty answers of three tokens, ten a second, each 30 ms after the one before. */
function warningsOf(
  change: (index: number) => Partial<LoadRequestRecord>,
  shape: LoadStageRecord['shape'] = { kind: 'open', arrivals: 'constant', perSecond: 10 },
): string[] {
  const requests = Array.from({ length: 60 }, (_, index): LoadRequestRecord => {
    const atNs = (index / 10) * second;
    return {
      type: 'load_request',
      stage: 0,
      index,
      questionId: 'q',
      scheduledNs: atNs,
      sentNs: atNs,
      firstByteNs: atNs + 50e6,
      firstTokenNs: atNs + 50e6,
      lastTokenNs: atNs + 110e6,
      endNs: atNs + 111e6,
      gapsNs: [30e6, 30e6],
      promptTokens: 5,
      cachedPromptTokens: 0,
      tokens: 3,
      ownTokens: 3,
      stop: 'end',
      failure: null,
      ...change(index),
    };
  });
  const stage: LoadStageRecord = { type: 'load_stage', stage: 0, shape, startNs: 0, endNs: 6.1 * second, requests: 60 };
  return loadWarnings(loadHeader, [...requests, stage]).map(({ code }) => code);
}

it.each<[what: string, change: (index: number) => Partial<LoadRequestRecord>, codes: string[]]>([
  ['that went well', () => ({}), []],
  ['in which one failed', (i) => (i === 7 ? failed : {}), ['requests_failed']],
  ['with few answers', (i) => (i > 48 ? { stop: 'cancelled' } : {}), ['few_answers']],
  ['that took longer and longer', (i) => (i < 30 ? {} : { lastTokenNs: i * 0.1 * second + 300e6 }), ['queue_grew']],
  ['sent late', (i) => ({ scheduledNs: i * 0.1 * second - 20e6 }), ['client_lag']],
  [
    'that came in bursts',
    () => ({ tokens: 4, ownTokens: 4, gapsNs: [1e3, 1e3, 60e6 - 2e3] }),
    ['arrived_in_bursts', 'held_back'],
  ],
  ['with several tokens a piece', () => ({ tokens: 9, ownTokens: 9 }), ['several_tokens_per_chunk', 'held_back']],
  ['counted otherwise', () => ({ ownTokens: 7 }), ['token_counts_differ']],
  ['with a cached prompt', (i) => ({ cachedPromptTokens: i === 3 ? 4 : 0 }), ['cached_prompts']],
])('a load test %s', (_, change, codes) => {
  expect(warningsOf(change)).toEqual(codes);
});

it('clients that wait for their answers have no queue that grows', () => {
  const slower = (index: number) => (index < 30 ? {} : { lastTokenNs: index * 0.1 * second + 300e6 });
  expect(warningsOf(slower, { kind: 'closed', clients: 4 })).toEqual([]);
});
