/** A game of several turns: guess a hidden word of five letters; what is said to a guess depends on the guess. */
import { seededRandom, shuffle } from '../../../statistics/seeded-random.ts';
import type { Response, Task, TaskItem } from './task.ts';

const words = (
  'about above actor after again alarm album alone angle apple arrow basic beach bench black blind board bread brick brown ' +
  'brush cabin candy chair chalk cheap chest chief child clean clock cloud coast comet cream crowd dance dream drink early ' +
  'earth empty enter field flame floor focus fresh fruit ghost giant glass globe grain grape grass green guest habit happy ' +
  'heart horse hotel house human ideal image juice knife label large laugh lemon level light lunch magic maple march metal ' +
  'model money month mouse music night noise north ocean onion orbit paint panel paper party peace pearl phone piano pilot ' +
  'plain plant plate point pound power price pride queen quick quiet radio raven ready right river robin robot round royal ' +
  'salad scale sheep shelf shine shirt skill sleep small smile smoke snake solid sound south space spoon sport stage stamp ' +
  'steam steel stone storm story sugar table teach theme thick tiger toast tooth torch tower train trust uncle under urban ' +
  'value video visit voice wagon watch water whale wheat wheel white woman world young'
).split(' ');

const turns = 6;

export const wordGame: Task = {
  name: 'word-game',
  title: `a hidden word of five letters in ${turns} guesses`,
  procedural: true,
  chance: null,
  maxTokens: 48,
  maxTurns: turns,
  async items({ seed, count }) {
    const random = seededRandom(seed * 41);
    // All of them once before one comes again.
    const rounds = Array.from({ length: Math.ceil(count / words.length) }, () => shuffle(words, random() * 2 ** 31));
    return {
      items: rounds
        .flat()
        .slice(0, count)
        .map((word, i) => itemOf(`${i}`, word)),
    };
  },
};

const rules =
  `Guess my hidden word of five letters. You have ${turns} guesses. ` +
  'After each I mark its letters: + right place, ? elsewhere in the word, - not in it. Answer with one word.';

function itemOf(id: string, word: string): TaskItem {
  return {
    id,
    opening: [{ role: 'user', content: rules }],
    expected: word,
    respond: (answers) => respond(word, answers),
  };
}

/** A share of the letters in place is a score below 1: only the word itself is correct. */
function respond(word: string, answers: readonly string[]): Response {
  const guesses = answers.map(guessIn);
  const last = guesses.at(-1) ?? null;
  if (last === word) return { kind: 'verdict', score: 1, extracted: word, reason: 'correct' };
  if (answers.length >= turns) {
    const best = Math.max(0, ...guesses.map((guess) => (guess === null ? 0 : inPlace(guess, word))));
    return {
      kind: 'verdict',
      score: best / word.length,
      extracted: last,
      reason: last === null ? 'no answer found' : 'not guessed',
    };
  }
  const left = `${turns - answers.length} left.`;
  if (last === null) return { kind: 'reply', content: `That is no word of five letters. ${left}` };
  return { kind: 'reply', content: `${last}: ${marksOf(last, word)}. ${left}` };
}

/** The last word of five letters, so that a model may think aloud before it. */
function guessIn(answer: string): string | null {
  return (
    answer
      .toLowerCase()
      .match(/(?<![a-z])[a-z]{5}(?![a-z])/g)
      ?.at(-1) ?? null
  );
}

function inPlace(guess: string, word: string): number {
  return [...guess].filter((letter, i) => letter === word[i]).length;
}

/** Letters in place first; of the others as many are elsewhere as the word has left. */
export function marksOf(guess: string, word: string): string {
  const left = [...word].filter((letter, i) => guess[i] !== letter);
  return [...guess]
    .map((letter, i) => {
      if (letter === word[i]) return '+';
      const at = left.indexOf(letter);
      if (at === -1) return '-';
      left.splice(at, 1);
      return '?';
    })
    .join('');
}
