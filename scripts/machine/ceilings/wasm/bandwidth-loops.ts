/**
 * The loops that move memory, as WebAssembly with 128-bit SIMD: native code on every machine, without a compiler on it.
 * Addresses and lengths are bytes; lengths are multiples of `blockBytes`.
 */
import {
  type Code,
  copyMemory,
  f64x2,
  getLocal,
  i32,
  i64,
  i64x2,
  repeat,
  setLocal,
  type ValueType,
  v128,
  type WasmFunction,
} from './assembler.ts';

const vectorBytes = 16;
/** Vectors per turn of a loop: enough that its own instructions cost nothing. */
const vectorsPerTurn = 8;

/** Reading goes on in several places at a time: a processor fetches ahead for each, but stops at the end of a page. */
const streams = 8;
const vectorsPerStream = 2;
const turnBytes = vectorBytes * vectorsPerTurn;
export const blockBytes = Math.max(turnBytes, vectorBytes * streams * vectorsPerStream);

const turn = Array.from({ length: vectorsPerTurn }, (_, index) => index);
export const repeated = (count: number, type: ValueType): ValueType[] => new Array<ValueType>(count).fill(type);
const advance = (local: number): Code => [
  ...getLocal(local),
  ...i32.constant(turnBytes),
  ...i32.add,
  ...setLocal(local),
];
const endOf = (start: number, length: number, local: number): Code => [
  ...getLocal(start),
  ...getLocal(length),
  ...i32.add,
  ...setLocal(local),
];
const goesOn = (local: number, end: number): Code => [...getLocal(local), ...getLocal(end), ...i32.lessUnsigned];

/** fill(to, bytes, value) with 64-bit floating point numbers. */
const fill: WasmFunction = {
  name: 'fill',
  parameters: ['i32', 'i32', 'f64'],
  locals: ['i32', 'v128'],
  body: [
    ...endOf(0, 1, 3),
    ...[...getLocal(2), ...f64x2.splat, ...setLocal(4)],
    ...repeat([
      ...turn.flatMap((index) => [...getLocal(0), ...getLocal(4), ...v128.store(index * vectorBytes)]),
      ...advance(0),
      ...goesOn(0, 3),
    ]),
  ],
};

/** read(from, bytes): the sum of all 64-bit integers, so that no load can be left out. Eight parts at a time. */
const read: WasmFunction = (() => {
  const [length, end, firstPlace, firstSum] = [2, 3, 4, 4 + streams];
  const places = Array.from({ length: streams }, (_, index) => firstPlace + index);
  const sums = Array.from({ length: streams * vectorsPerStream }, (_, index) => firstSum + index);
  const loads = places.flatMap((place, stream) =>
    Array.from({ length: vectorsPerStream }, (_, index) => {
      const sum = firstSum + stream * vectorsPerStream + index;
      return [...getLocal(place), ...v128.load(index * vectorBytes), ...getLocal(sum), ...i64x2.add, ...setLocal(sum)];
    }).flat(),
  );
  const step = i32.constant(vectorsPerStream * vectorBytes);
  return {
    name: 'read',
    parameters: ['i32', 'i32'],
    result: 'i64',
    locals: [...repeated(2 + streams, 'i32'), ...repeated(sums.length, 'v128')],
    body: [
      ...[...getLocal(1), ...i32.constant(streams), ...i32.divideUnsigned, ...setLocal(length)],
      ...[...getLocal(0), ...setLocal(firstPlace)],
      ...places
        .slice(1)
        .flatMap((place) => [...getLocal(place - 1), ...getLocal(length), ...i32.add, ...setLocal(place)]),
      ...endOf(firstPlace, length, end),
      ...repeat([
        ...loads,
        ...places.flatMap((place) => [...getLocal(place), ...step, ...i32.add, ...setLocal(place)]),
        ...goesOn(firstPlace, end),
      ]),
      ...getLocal(firstSum),
      ...sums.slice(1).flatMap((sum) => [...getLocal(sum), ...i64x2.add]),
      ...setLocal(firstSum),
      ...[...getLocal(firstSum), ...i64x2.extractLane(0), ...getLocal(firstSum), ...i64x2.extractLane(1), ...i64.add],
    ],
  };
})();

/** copy(to, from, bytes), as STREAM's copy. */
const copy: WasmFunction = {
  name: 'copy',
  parameters: ['i32', 'i32', 'i32'],
  locals: ['i32'],
  body: [
    ...endOf(1, 2, 3),
    ...repeat([
      ...turn.flatMap((index) => [
        ...getLocal(0),
        ...getLocal(1),
        ...v128.load(index * vectorBytes),
        ...v128.store(index * vectorBytes),
      ]),
      ...advance(0),
      ...advance(1),
      ...goesOn(1, 3),
    ]),
  ],
};

/** bulk_copy(to, from, bytes): the system's own memmove, which writes past the caches where that is faster. */
const bulkCopy: WasmFunction = {
  name: 'bulk_copy',
  parameters: ['i32', 'i32', 'i32'],
  locals: [],
  body: [...getLocal(0), ...getLocal(1), ...getLocal(2), ...copyMemory],
};

/** triad(to, b, c, bytes, factor): a[i] = b[i] + factor * c[i] in 64-bit floating point, as STREAM's triad. */
const triad: WasmFunction = {
  name: 'triad',
  parameters: ['i32', 'i32', 'i32', 'i32', 'f64'],
  locals: ['i32', 'v128'],
  body: [
    ...endOf(1, 3, 5),
    ...[...getLocal(4), ...f64x2.splat, ...setLocal(6)],
    ...repeat([
      ...turn.flatMap((index) => [
        ...getLocal(0),
        ...getLocal(1),
        ...v128.load(index * vectorBytes),
        ...getLocal(2),
        ...v128.load(index * vectorBytes),
        ...getLocal(6),
        ...f64x2.multiply,
        ...f64x2.add,
        ...v128.store(index * vectorBytes),
      ]),
      ...advance(0),
      ...advance(1),
      ...advance(2),
      ...goesOn(1, 5),
    ]),
  ],
};

export const bandwidthLoops: readonly WasmFunction[] = [fill, read, copy, bulkCopy, triad];
