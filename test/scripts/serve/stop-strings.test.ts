import { expect, it } from 'vitest';
import { StopScanner } from '../../../scripts/serve/generation.ts';

it.each([
  { pieces: ['Hello', ' world'], stops: [], shown: ['Hello', ' world'], rest: '' },
  { pieces: ['one STOP two'], stops: ['STOP'], shown: ['one '], rest: '' },
  { pieces: ['one S', 'TO', 'P two', ' three'], stops: ['STOP'], shown: ['one ', '', '', ''], rest: '' },
  { pieces: ['one S', 'TOO'], stops: ['STOP'], shown: ['one ', 'STOO'], rest: '' },
  { pieces: ['one S'], stops: ['STOP'], shown: ['one '], rest: 'S' },
  { pieces: ['ab', 'c'], stops: ['abd', 'bc'], shown: ['', 'a'], rest: '' },
  { pieces: ['aaab'], stops: ['aab'], shown: ['a'], rest: '' },
])('shows $shown of $pieces with the stop strings $stops', ({ pieces, stops, shown, rest }) => {
  const scanner = new StopScanner(stops);
  expect(pieces.map((piece) => scanner.add(piece))).toEqual(shown);
  expect(scanner.rest()).toBe(rest);
});
