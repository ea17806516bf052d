/** Sums, differences and products from the seed; the last number of the answer counts, so that working may be shown before it. */
import { seededRandom } from '../../../statistics/seeded-random.ts';
import { lastNumber, sameNumber } from './rubrics.ts';
import { type Task, type TaskItem, verdict } from './task.ts';

type Operator = '+' | '-' | '*';

interface Level {
  numbers: number;
  largest: number;
  operators: readonly Operator[];
}

/** Level by level: how many numbers, how large, and what is done with them. */
const levels: readonly Level[] = [
  { numbers: 2, largest: 20, operators: ['+', '-'] },
  { numbers: 2, largest: 99, operators: ['+', '-', '*'] },
  { numbers: 3, largest: 99, operators: ['+', '-', '*'] },
  { numbers: 4, largest: 999, operators: ['+', '-', '*'] },
];

export function arithmetic(level: number): Task {
  const rules = levels[level - 1];
  if (rules === undefined) throw new RangeError(`arithmetic has no level ${level}`);
  const { numbers, largest, operators } = rules;
  return {
    name: level === 1 ? 'arithmetic' : `arithmetic:${level}`,
    title: `${numbers} numbers up to ${largest} with ${operators.join(' ')}`,
    procedural: true,
    chance: null,
    maxTokens: 128,
    maxTurns: 1,
    async items({ seed, count }) {
      const random = seededRandom(seed * 31 + level);
      const below = (end: number) => Math.floor(random() * end);
      const items: TaskItem[] = [];
      for (let i = 0; i < count; i++) {
        const terms = Array.from({ length: numbers }, () => 1 + below(largest));
        const between = terms.slice(1).map(() => operators[below(operators.length)] ?? '+');
        items.push(itemOf(`${i}`, terms, between));
      }
      return { items };
    },
    levels: { count: levels.length, at: arithmetic },
  };
}

function itemOf(id: string, terms: readonly number[], operators: readonly Operator[]): TaskItem {
  const text = terms.map((term, i) => (i === 0 ? `${term}` : ` ${operators[i - 1]} ${term}`)).join('');
  const value = valueOfTerms(terms, operators);
  return {
    id,
    opening: [{ role: 'user', content: `What is ${text}?` }],
    expected: String(value),
    respond([answer = '']) {
      const found = lastNumber(answer);
      return verdict(found !== null && sameNumber(found, value) ? 1 : 0, found === null ? null : String(found));
    },
  };
}

/** Products before sums. */
function valueOfTerms(terms: readonly number[], operators: readonly Operator[]): number {
  const summands: number[] = [];
  for (const [i, term] of terms.entries()) {
    const operator = i === 0 ? '+' : operators[i - 1];
    if (operator === '*') summands.push((summands.pop() ?? 1) * term);
    else summands.push(operator === '-' ? -term : term);
  }
  return summands.reduce((sum, summand) => sum + summand, 0);
}
