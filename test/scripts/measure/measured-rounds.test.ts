import { describe, expect, it } from 'vitest';
import { judgedQuestions } from '../../../scripts/measure/judged-questions.ts';
import { needsRound } from '../../../scripts/measure/measured-rounds.ts';
import { outputSha256 } from '../../../scripts/measure/output-hash.ts';
import type { AnswerRecord, RunRecord } from '../../../scripts/measure/run-log-format.ts';
import { answerRecords } from '../../collate/run-records.ts';

describe('another round', () => {
  it.each([
    { what: 'is measured while fewer than asked for are done', rounds: 1, workS: 9, elapsedS: 99, needed: true },
    { what: 'is measured while it decoded too briefly', rounds: 2, workS: 1.9, elapsedS: 3, needed: true },
    { what: 'is not, once it decoded long enough', rounds: 2, workS: 2, elapsedS: 3, needed: false },
    { what: 'is not, where prompts take nearly all of the time', rounds: 2, workS: 0.1, elapsedS: 10, needed: false },
  ])('$what', ({ rounds, workS, elapsedS, needed }) => {
    const done = { rounds, workNs: workS * 1e9, elapsedNs: elapsedS * 1e9 };
    expect(needsRound({ rounds: 2, minSeconds: 2 }, done)).toBe(needed);
  });

  it('follows none where no time was asked for', () => {
    expect(needsRound({ rounds: 1, minSeconds: 0 }, { rounds: 1, workNs: 0, elapsedNs: 0 })).toBe(false);
  });
});

describe('the same answer in another round', () => {
  const isAnswer = (record: RunRecord): record is AnswerRecord => record.type === 'answer';
  const given = (questionId: string, round: number, correct: boolean | null) =>
    answerRecords(0, { answer: { questionId, round, correct } }).filter(isAnswer);

  it('is no new right answer: 26 asked four times are 26', () => {
    const answers = Array.from({ length: 104 }, (_, i) => given(`q${i % 26}`, Math.floor(i / 26), true)).flat();
    expect(judgedQuestions(answers)).toEqual({ judged: 26, correct: 26 });
  });

  it('makes a question right only if it is right each time, and is nothing where nothing was judged', () => {
    const answers = [given('a', 0, true), given('a', 1, false), given('b', 0, true), given('c', 0, null)].flat();
    expect(judgedQuestions(answers)).toEqual({ judged: 2, correct: 1 });
  });

  it('changes no hash of the outputs, and another answer does', () => {
    const once = [
      { questionId: 'a', round: 0, ids: [1, 2] },
      { questionId: 'b', round: 0, ids: [3] },
    ];
    const twice = [...once, { questionId: 'b', round: 1, ids: [3] }, { questionId: 'a', round: 1, ids: [1, 2] }];
    expect(outputSha256(twice)).toBe(outputSha256(once));
    expect(outputSha256([...once, { questionId: 'b', round: 1, ids: [4] }])).not.toBe(outputSha256(once));
  });
});
