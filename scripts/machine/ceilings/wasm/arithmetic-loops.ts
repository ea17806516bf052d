/** The loops that compute in registers, as WebAssembly with 128-bit SIMD. */
import {
  type Code,
  f32,
  f32x4,
  getLocal,
  i8x16,
  i16x8,
  i32,
  i32x4,
  repeat,
  setLocal,
  type WasmFunction,
} from './assembler.ts';
import { repeated } from './bandwidth-loops.ts';

/** Independent sums: a multiply-add takes four or five cycles, and two may begin in each. */
const chains = 12;

/** The work of one turn of an arithmetic loop. */
export const f32OperationsPerTurn = chains * 4 * 2;
export const int8OperationsPerTurn = chains * 16 * 2;

const chain = Array.from({ length: chains }, (_, index) => index);

/** @param relaxed whether the engine has relaxed SIMD: a fused multiply-add, and a dot product of 8-bit integers */
export function arithmeticLoops(relaxed: boolean): WasmFunction[] {
  return [f32Arithmetic(relaxed), int8Arithmetic(relaxed)];
}

/** Counts local 0 down to 0; the loop goes on while anything is left. */
const countDown: Code = [
  ...getLocal(0),
  ...i32.constant(1),
  ...i32.subtract,
  ...setLocal(0),
  ...i32.constant(0),
  ...getLocal(0),
  ...i32.lessUnsigned,
];

/** f32_arithmetic(turns, factor, addend): x = x * factor + addend in every lane of every chain; the sum of all lanes. */
const f32Arithmetic = (relaxed: boolean): WasmFunction => {
  const [factor, addend, first] = [3, 4, 5];
  const sum = first;
  return {
    name: 'f32_arithmetic',
    parameters: ['i32', 'f32', 'f32'],
    result: 'f32',
    locals: repeated(2 + chains, 'v128'),
    body: [
      ...[...getLocal(1), ...f32x4.splat, ...setLocal(factor)],
      ...[...getLocal(2), ...f32x4.splat, ...setLocal(addend)],
      ...repeat([
        ...chain.flatMap((index) => [
          ...getLocal(first + index),
          ...getLocal(factor),
          ...(relaxed
            ? [...getLocal(addend), ...f32x4.relaxedMultiplyAdd]
            : [...f32x4.multiply, ...getLocal(addend), ...f32x4.add]),
          ...setLocal(first + index),
        ]),
        ...countDown,
      ]),
      ...getLocal(first),
      ...chain.slice(1).flatMap((index) => [...getLocal(first + index), ...f32x4.add]),
      ...setLocal(sum),
      ...[...getLocal(sum), ...f32x4.extractLane(0)],
      ...[1, 2, 3].flatMap((lane) => [...getLocal(sum), ...f32x4.extractLane(lane), ...f32.add]),
    ],
  };
};

/**
 * int8_arithmetic(turns, a, b); the sum of all lanes. With relaxed SIMD every turn adds the dot product of sixteen times a
 * and sixteen times b to every chain. Without it there is none of 8-bit integers, and 16-bit ones take their place, eight
 * at a time: x = x . b + a, where what does not change from turn to turn would be computed once only.
 */
const int8Arithmetic = (relaxed: boolean): WasmFunction => {
  const [left, right, first] = [3, 4, 5];
  const sum = first;
  const dot = relaxed
    ? (index: number): Code => [
        ...getLocal(left),
        ...getLocal(right),
        ...getLocal(first + index),
        ...i32x4.relaxedDotI8x16Add,
        ...setLocal(first + index),
      ]
    : (index: number): Code =>
        [0, 1].flatMap(() => [
          ...getLocal(first + index),
          ...getLocal(right),
          ...i32x4.dotI16x8,
          ...getLocal(left),
          ...i32x4.add,
          ...setLocal(first + index),
        ]);
  const splat = relaxed ? i8x16.splat : i16x8.splat;
  return {
    name: 'int8_arithmetic',
    parameters: ['i32', 'i32', 'i32'],
    result: 'i32',
    locals: repeated(2 + chains, 'v128'),
    body: [
      ...[...getLocal(1), ...splat, ...setLocal(left)],
      ...[...getLocal(2), ...splat, ...setLocal(right)],
      ...repeat([...chain.flatMap(dot), ...countDown]),
      ...getLocal(first),
      ...chain.slice(1).flatMap((index) => [...getLocal(first + index), ...i32x4.add]),
      ...setLocal(sum),
      ...[...getLocal(sum), ...i32x4.extractLane(0)],
      ...[1, 2, 3].flatMap((lane) => [...getLocal(sum), ...i32x4.extractLane(lane), ...i32.add]),
    ],
  };
};
