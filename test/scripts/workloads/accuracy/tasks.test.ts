/** Single tasks and rubrics, on answers whose score is known by hand. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { arithmetic } from '../../../../scripts/workloads/accuracy/tasks/arithmetic.ts';
import { jsonlTask } from '../../../../scripts/workloads/accuracy/tasks/jsonl.ts';
import { multipleChoice } from '../../../../scripts/workloads/accuracy/tasks/multiple-choice.ts';
import { reverseText } from '../../../../scripts/workloads/accuracy/tasks/reverse-text.ts';
import {
  chosenLetter,
  lastNumber,
  similarity,
  wholeNumberText,
} from '../../../../scripts/workloads/accuracy/tasks/rubrics.ts';
import type { TaskItem } from '../../../../scripts/workloads/accuracy/tasks/task.ts';
import { marksOf, wordGame } from '../../../../scripts/workloads/accuracy/tasks/word-game.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';

describe('the last number of a text', () => {
  test.each([
    ['17 + 25 = 42.', 42],
    ['17-25 = -8', -8],
    ['That makes 1,234.50 dollars', 1234.5],
    ['It costs $1,000,000!', 1_000_000],
    ['-$5', -5],
    ['−7', -7],
    ['a list: 1,2,3', 3],
    ['(5)-3', 3],
    ['30 %', 30],
    ['none', null],
    ['', null],
  ])('%s', (text, number) => {
    expect(lastNumber(text)).toBe(number);
  });

  it('is all of a text only with nothing but a unit beside it', () => {
    expect(['12 apples', '$1,200.50', '-3 %', '5.'].map(wholeNumberText)).toEqual([12, 1200.5, -3, 5]);
    expect(['Route 66', '1,2,3', 'two', '2024-01-05', '3 red apples'].map(wholeNumberText)).toEqual(
      Array.from({ length: 5 }, () => null),
    );
  });
});

describe('the chosen letter', () => {
  const options = ['Paris', 'Rome', 'Oslo', 'Cairo'];
  test.each([
    ['B', 'B'],
    ['b)', 'B'],
    ['(C)', 'C'],
    ['**B. Rome**', 'B'],
    ['The answer is D because of its size', 'D'],
    ['A. Paris is wrong, the answer is C', 'C'],
    ['Rome', 'B'],
    ['A city such as Rome', 'B'],
    ['It is Rome, not Oslo', null],
    ['E', null],
    ['I do not know that.', null],
  ])('%s', (answer, letter) => {
    expect(chosenLetter(answer, options)).toBe(letter);
  });
});

test('similarity is twice the longest common subsequence over both lengths', () => {
  // a, c, d of abcd and acde: 2 x 3 / 8.
  expect(similarity([...'abcd'], [...'acde'])).toBe(0.75);
  expect(similarity([...'abc'], [...'abc'])).toBe(1);
  expect(similarity([...'abc'], [...'xyz'])).toBe(0);
  expect(similarity([...'ab'], [...'ba'])).toBe(0.5);
});

test('arithmetic multiplies before it adds, and every expected value is that of its question', async () => {
  for (const level of [1, 2, 3, 4]) {
    const { items } = await arithmetic(level).items({ seed: 3, count: 200 });
    for (const { opening, expected } of items) {
      const text = opening[0]?.content.match(/^What is ([\d +*-]+)\?$/)?.[1] ?? '';
      // An evaluator of the language itself as the oracle; the text has digits and operators only.
      expect(Number(expected)).toBe(Function(`return ${text}`)());
    }
  }
});

test('arithmetic takes the last number, so that working may be shown', async () => {
  const [item] = (await arithmetic(1).items({ seed: 3, count: 1 })).items;
  expect(item?.respond([`Let me see: 3 + 4 ... so it is ${item.expected}.`])).toMatchObject({ score: 1 });
  expect(item?.respond([`${item.expected}, or rather 999`])).toMatchObject({ score: 0, extracted: '999' });
});

test('reverse-text scores what is alike, and takes a quoted last line', async () => {
  const [item] = (await reverseText(1).items({ seed: 3, count: 1 })).items;
  const right = item?.expected ?? '';
  expect(item?.respond([`Here it is:\n"${right}"`])).toMatchObject({ score: 1, extracted: right });
  // All but the last character: 2 (n - 1) / (2 n - 1).
  const n = right.length;
  expect(item?.respond([right.slice(0, -1)])).toMatchObject({ score: (2 * (n - 1)) / (2 * n - 1), reason: 'wrong' });
});

test('multiple choice puts the right option everywhere equally often', async () => {
  const places: Record<string, number> = { A: 0, B: 0, C: 0, D: 0 };
  for (let seed = 0; seed < 40; seed++) {
    const { items } = await multipleChoice.items({ seed, count: 40 });
    for (const { expected, opening } of items) {
      places[expected] = (places[expected] ?? 0) + 1;
      expect(opening[0]?.content.split('\n')).toHaveLength(6);
    }
  }
  // 1,600 draws of four places: 400 each, give or take four standard deviations of 17.3.
  for (const count of Object.values(places)) expect(Math.abs(count - 400)).toBeLessThan(70);
});

describe('the word game', () => {
  it('marks letters in place first, and others as often as the word has them', () => {
    expect(marksOf('crane', 'crane')).toBe('+++++');
    expect(marksOf('ports', 'sport')).toBe('?????');
    expect(marksOf('allee', 'apple')).toBe('+?--+');
    expect(marksOf('eerie', 'crane')).toBe('--?-+');
  });

  it('answers each guess, and scores the letters in place of the best one when it is not found', async () => {
    const item = (await wordGame.items({ seed: 1, count: 200 })).items.find(({ expected }) => expected === 'apple');
    if (item === undefined) throw new Error('apple is a word of the game');
    const answers = ['I guess: ALLEE', 'no idea', 'grape', 'allee', 'zzzzz', 'zzzzz'];
    const responses = answers.map((_, i) => item.respond(answers.slice(0, i + 1)));
    expect(responses.slice(0, 3)).toEqual([
      { kind: 'reply', content: 'allee: +?--+. 5 left.' },
      { kind: 'reply', content: 'That is no word of five letters. 4 left.' },
      { kind: 'reply', content: 'grape: --??+. 3 left.' },
    ]);
    expect(responses.at(-1)).toEqual({ kind: 'verdict', score: 0.4, extracted: 'zzzzz', reason: 'not guessed' });
    expect(item.respond(['allee', 'grape', 'It must be apple!'])).toMatchObject({ score: 1, reason: 'correct' });
  });
});

describe('a file of pairs', () => {
  async function items(...lines: string[]): Promise<TaskItem[]> {
    const path = join(outputFolder(), 'pairs.jsonl');
    writeFileSync(path, lines.join('\n'));
    const { items: found } = await jsonlTask(path).items({ seed: 1, count: 100 });
    return found.toSorted((a, b) => a.id.localeCompare(b.id));
  }

  it("knows GSM8K's answers: working, and the number behind ####", async () => {
    const answer = 'She sells 16 - 3 = <<16-3=13>>13.\n#### 1,018';
    const [item] = await items(JSON.stringify({ question: 'How much?', answer }));
    expect(item?.expected).toBe('1,018');
    expect(item?.respond(['First 16 - 3 = 13. So she makes $1018 a day.'])).toMatchObject({ score: 1 });
    expect(item?.respond(['#### 1018\nThat is for 7 days.'])).toMatchObject({ score: 0, extracted: '7' });
    expect(item?.respond(['1017'])).toMatchObject({ score: 0, reason: 'wrong' });
  });

  it('compares numbers as numbers and words as words', async () => {
    const [first, second, third] = await items(
      '{"id":"a","prompt":"What is half of nine?","target":4.5}',
      '{"id":"b","input":"Capital of France?","expected":"Paris"}',
      '{"id":"c","question":"Fruit?","answer":"3 apples"}',
    );
    expect(first?.respond(['It is 4.50'])).toMatchObject({ score: 1 });
    expect(second?.respond([' paris. '])).toMatchObject({ score: 1 });
    // paris in common of six words and one: 2 / 7.
    expect(second?.respond(['The capital of France is Paris.'])).toMatchObject({ score: 2 / 7, reason: 'wrong' });
    expect(third?.respond(['3'])).toMatchObject({ score: 1 });
  });

  test.each([
    [['{"question":"a","answer":"b"}', '', '{"question":"a"'], 'pairs.jsonl:3 is not JSON'],
    [['{"question":"a","answer":""}'], 'pairs.jsonl:1 has no answer'],
    [['{"text":"a","answer":"b"}'], 'pairs.jsonl:1 has no question'],
    [['{"question":"a","answer":["b"]}'], 'pairs.jsonl:1 has no answer'],
    [['[1]'], 'pairs.jsonl:1 is not an object'],
    [['{"id":"x","question":"a","answer":"b"}', '{"id":"x","question":"c","answer":"d"}'], 'stands in line 1 already'],
    [[''], 'has no question in it'],
  ])('is refused with file and line: %j', async (lines, message) => {
    await expect(items(...lines)).rejects.toThrow(message);
  });
});
