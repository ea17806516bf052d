/** A text from the seed, to be written backwards, character by character. */
import { seededRandom } from '../../../statistics/seeded-random.ts';
import { similarity } from './rubrics.ts';
import { type Task, type TaskItem, verdict } from './task.ts';

const consonants = 'bcdfghklmnprstvw';
const vowels = 'aeiou';
const mostWords = 8;

/** @param level words of a text */
export function reverseText(level: number): Task {
  return {
    name: level === 1 ? 'reverse-text' : `reverse-text:${level}`,
    title: level === 1 ? 'a word backwards' : `${level} words backwards`,
    procedural: true,
    chance: null,
    maxTokens: 64,
    maxTurns: 1,
    async items({ seed, count }) {
      const random = seededRandom(seed * 37 + level);
      const items = Array.from({ length: count }, (_, i) => {
        const words = Array.from({ length: level }, () => wordOf(random));
        return itemOf(`${i}`, words.join(' '));
      });
      return { items };
    },
    levels: { count: mostWords, at: reverseText },
  };
}

/** Two to four syllables that are no word: nothing that could be known by heart. */
function wordOf(random: () => number): string {
  const one = (letters: string) => letters[Math.floor(random() * letters.length)] ?? '';
  const syllables = 2 + Math.floor(random() * 3);
  return Array.from({ length: syllables }, () => one(consonants) + one(vowels)).join('');
}

function itemOf(id: string, text: string): TaskItem {
  const expected = [...text].reverse().join('');
  return {
    id,
    opening: [
      { role: 'user', content: `Write this text backwards, character by character, and nothing else: ${text}` },
    ],
    expected,
    respond([answer = '']) {
      const found = lastLine(answer);
      return verdict(found === null ? 0 : similarity([...found], [...expected]), found);
    },
  };
}

/** What stands in quotation marks there counts without them. */
function lastLine(answer: string): string | null {
  const line = answer
    .split('\n')
    .map((each) => each.trim())
    .findLast((each) => each !== '');
  if (line === undefined) return null;
  return line.match(/^["'“`](.*)["'”`]\.?$/)?.[1] ?? line;
}
