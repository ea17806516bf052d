import { describe, expect, it } from 'vitest';
import type { ModelRecord } from '../../../../scripts/log/records/model-record.ts';
import { defaults } from '../../../../scripts/settings/defaults.ts';
import { type ParityWish, parityExtent } from '../../../../scripts/workloads/parity/workload.ts';
import { scriptedModel } from '../../../fakes/scripted-run.ts';

const ids = Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i));
const questionSet = {
  file: 'questions.json',
  sha256: 'b'.repeat(64),
  system: null,
  questions: ids.map((id) => ({ id, question: id, answer: null })),
};
const { record } = scriptedModel();
const embedded = { ...record, source: 'embedded' as const };

function asked(of: ModelRecord, wish: Omit<ParityWish, 'questionSet'>): { ids: string; maxTokens: number } {
  const extent = parityExtent({ questionSet, ...wish }, of);
  return { ids: extent.questions.questions.map(({ id }) => id).join(''), maxTokens: extent.maxTokens };
}

describe('how much is asked', () => {
  it('is everything of the embedded model, and a part of others, evenly from the list', () => {
    expect(asked(embedded, {})).toEqual({ ids: ids.join(''), maxTokens: defaults.maxTokens });
    expect(asked(record, {})).toEqual({ ids: 'adgjnqtw', maxTokens: defaults.parity.maxTokens });
  });

  it('is what was wished, and no more than there is', () => {
    expect(asked(record, { parityQuestions: 2, maxTokens: 500 })).toEqual({ ids: 'an', maxTokens: 500 });
    expect(asked(record, { parityQuestions: 99 }).ids).toBe(ids.join(''));
  });

  it('is no longer than the answers of the benchmark', () => {
    expect(asked(embedded, { longestAnswer: 16 }).maxTokens).toBe(16);
    expect(asked(record, { longestAnswer: 1000 }).maxTokens).toBe(defaults.parity.maxTokens);
  });
});
