/**
 * Any file of question and answer pairs, one JSON object a line. In GSM8K's form the answer is working that ends in `#### 42`, and
 * the number counts; an answer that is a number by itself counts as one too; of other answers the words count.
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { exitCodes, oneLine, UserError } from '../../../command-line/errors.ts';
import { textLimits } from '../../../command-line/files/input-limits.ts';
import { parseJson, readText } from '../../../command-line/files/text-file.ts';
import { shuffle } from '../../../statistics/seeded-random.ts';
import { lastNumber, sameNumber, similarity, wholeNumberText, wordsOf } from './rubrics.ts';
import { type Task, type TaskItem, type Verdict, verdict } from './task.ts';

const questionKeys = ['question', 'prompt', 'input', 'problem', 'instruction', 'query'];
const answerKeys = ['answer', 'target', 'expected', 'output', 'completion', 'solution', 'response', 'label'];
const idKeys = ['id', 'question_id', 'task_id'];

interface Pair {
  id: string;
  question: string;
  answer: string;
}

export function jsonlTask(path: string): Task {
  return {
    name: `jsonl:${basename(path)}`,
    title: `pairs of ${basename(path)}`,
    procedural: false,
    chance: null,
    maxTokens: 256,
    maxTurns: 1,
    async items({ seed, count }) {
      const text = readText(path, 'reading the pairs', textLimits.questions);
      const pairs = pairsOf(text, path);
      const source = { file: basename(path), sha256: createHash('sha256').update(text).digest('hex') };
      return { items: shuffle(pairs, seed).slice(0, count).map(itemOf), source };
    },
  };
}

/** @throws UserError that names the first line that is no pair */
function pairsOf(text: string, path: string): Pair[] {
  const pairs: Pair[] = [];
  const seen = new Map<string, number>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const pair = pairOf(line, index + 1, path);
    const before = seen.get(pair.id);
    if (before !== undefined) throw bad(path, index + 1, `the id "${pair.id}" stands in line ${before} already`);
    seen.set(pair.id, index + 1);
    pairs.push(pair);
  }
  if (pairs.length > 0) return pairs;
  throw new UserError(`${path} has no question in it`, { exitCode: exitCodes.usage, remedy });
}

function pairOf(line: string, number: number, path: string): Pair {
  let value: unknown;
  try {
    value = parseJson(line);
  } catch (error) {
    throw bad(path, number, `is not JSON: ${oneLine(error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(path, number, 'is not an object');
  const fields = new Map(Object.entries(value));
  const textOf = (keys: readonly string[]) => {
    const found = keys.map((key) => fields.get(key)).find((field) => field !== undefined);
    const text = typeof found === 'number' || typeof found === 'boolean' ? String(found) : found;
    return typeof text === 'string' && text.trim() !== '' ? text.trim() : null;
  };
  const [question, answer] = [textOf(questionKeys), textOf(answerKeys)];
  if (question === null) throw bad(path, number, `has no question: none of ${questionKeys.join(', ')} is a text`);
  if (answer === null) throw bad(path, number, `has no answer: none of ${answerKeys.join(', ')} is a text or a number`);
  return { id: textOf(idKeys) ?? `line-${number}`, question, answer };
}

const remedy = 'A line looks like {"question": "What is 6 * 7?", "answer": "42"}; see docs/accuracy.md.';

function bad(path: string, line: number, what: string): UserError {
  return new UserError(`${path}:${line} ${what}`, { exitCode: exitCodes.usage, remedy });
}

/** Where GSM8K's answers have their number. */
const finalMark = '####';

function itemOf({ id, question, answer }: Pair): TaskItem {
  const final = answer.includes(finalMark)
    ? answer.slice(answer.lastIndexOf(finalMark) + finalMark.length).trim()
    : null;
  const expected = final ?? answer;
  const number = final === null ? wholeNumberText(answer) : lastNumber(final);
  return {
    id,
    opening: [{ role: 'user', content: question }],
    expected,
    respond: ([text = '']) => (number === null ? judgeWords(text, expected) : judgeNumber(text, number)),
  };
}

/** The number behind `####` where the model writes that too, else the last one. */
function judgeNumber(text: string, expected: number): Verdict {
  const found = lastNumber(text.slice(text.lastIndexOf(finalMark) + 1));
  return verdict(found !== null && sameNumber(found, expected) ? 1 : 0, found === null ? null : String(found));
}

function judgeWords(text: string, expected: string): Verdict {
  const written = text.trim();
  const [given, right] = [wordsOf(written), wordsOf(expected)];
  // Nothing but signs: the signs have to be equal.
  if (right.length === 0) return verdict(written === expected ? 1 : 0, written === '' ? null : written);
  return verdict(similarity(given, right), written === '' ? null : written);
}
