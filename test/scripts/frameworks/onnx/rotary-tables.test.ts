import { expect, test } from 'vitest';
import { rotaryTables } from '../../../../scripts/frameworks/onnx/graph/decoder-shape.ts';

const rotation = { base: 100, scale: 1, dimensions: 4, interleaved: true };

test('pair i turns by base^(-2i / dimensions) at each position', () => {
  const { cosines, sines } = rotaryTables(rotation, 3, undefined);
  // 100^0 = 1 and 100^(-1/2) = 0.1
  expect([...cosines]).toEqual([1, 1, Math.cos(1), Math.cos(0.1), Math.cos(2), Math.cos(0.2)].map(Math.fround));
  expect([...sines]).toEqual([0, 0, Math.sin(1), Math.sin(0.1), Math.sin(2), Math.sin(0.2)].map(Math.fround));
});

test('a linear scale divides positions, and the model can have a divisor of its own for each pair', () => {
  const scaled = rotaryTables({ ...rotation, scale: 4 }, 2, undefined);
  expect(scaled.sines[2]).toBe(Math.fround(Math.sin(0.25)));
  const divided = rotaryTables(rotation, 2, Float32Array.of(1, 8));
  expect([...divided.sines.subarray(2)]).toEqual([Math.sin(1), Math.sin(0.1 / 8)].map(Math.fround));
});
