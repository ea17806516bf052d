import { describe, expect, test } from 'vitest';
import { UserError } from '../../../scripts/command-line/errors.ts';
import { weightClassOf } from '../../../scripts/log/records/model-record.ts';
import {
  chooseQuantization,
  convertedAtLoad,
  engineQuantizations,
  fileTypeOfQuantization,
  parseQuantization,
  quantizationOfFileType,
} from '../../../scripts/models/quantization.ts';

const hub = ['f16', 'q8_0', 'q6_k', 'q4_k_m', 'q4_0'];
const offer = (runnable: readonly string[] = []) => ({
  available: hub,
  preferred: 'q4_k_m',
  runnable,
  source: 'the hub has it',
});

describe('what a run gets for what it asks', () => {
  test.each<[asked: string, runnable: string[], got: string, weightClass: string, note: RegExp | undefined]>([
    ['q8_0', [], 'q8_0', '8-bit', undefined],
    ['Q4_K_M', [], 'q4_k_m', '4-bit', undefined],
    ['default', [], 'q4_k_m', '4-bit', /default here is q4_k_m/],
    ['float16', [], 'f16', '16-bit', /portable/],
    ['int8', [], 'q8_0', '8-bit', /portable/],
    ['nf4', [], 'q4_k_m', '4-bit', /portable/],
    ['4bit', ['f16', 'q4_0'], 'q4_0', '4-bit', /portable/],
    ['q4_k_m', ['f16', 'q8_0', 'q4_0'], 'q4_0', '4-bit', /does not run q4_k_m; q4_0 is its nearest 4-bit/],
    ['default', ['f16', 'q8_0', 'q4_0'], 'q4_0', '4-bit', /does not run q4_k_m/],
    ['default', ['f16'], 'f16', '16-bit', /does not run q4_k_m/],
    ['bf16', ['f32', 'f16'], 'f16', '16-bit', /nearest 16-bit/],
  ])('%s of a framework that runs %j is %s', (asked, runnable, got, weightClass, note) => {
    const chosen = chooseQuantization(asked, offer(runnable));
    expect(chosen).toMatchObject({ asked, got, weightClass });
    if (note === undefined) expect(chosen.note).toBeUndefined();
    else expect(chosen.note).toMatch(note);
  });

  test.each<[asked: string, runnable: string[], says: RegExp]>([
    ['q3_k_m', [], /q3_k_m is not available: the hub has it in f16, q8_0, q6_k, q4_k_m, q4_0/],
    ['float32', [], /no 32-bit format/],
    ['q6_k', ['f16', 'q8_0'], /no 6-bit format/],
    ['q5_k_m', ['f16', 'q5_0'], /no 5-bit format.*the framework runs f16, q5_0/],
    ['int4', [], /unknown quantisation "int4"/],
  ])('%s of a framework that runs %j is refused with what there is', (asked, runnable, says) => {
    expect(() => chooseQuantization(asked, offer(runnable))).toThrow(says);
  });
});

test('an unknown name is a usage error that lists the known ones', () => {
  try {
    parseQuantization('q9');
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.exitCode).toBe(2);
    expect(error.remedy).toMatch(/nf4.*q4_k_m/);
  }
});

test('every format has a class, and file types lead back to their names', () => {
  for (const name of engineQuantizations) {
    expect(weightClassOf(name)).toMatch(/^\d+-bit$/);
    const fileType = fileTypeOfQuantization(name);
    if (fileType !== undefined) expect(quantizationOfFileType(fileType)).toBe(name);
  }
  // Numbers of llama_ftype in llama.cpp's include/llama.h.
  expect([0, 1, 2, 7, 15, 18, 30, 32].map(quantizationOfFileType)).toEqual([
    ...['f32', 'f16', 'q4_0', 'q8_0', 'q4_k_m', 'q6_k', 'iq4_xs', 'bf16'],
  ]);
});

test.each<[got: string, precision: string, runs: string, weightClass: string]>([
  ['q8_0', 'auto', 'q8_0', '8-bit'],
  ['q8_0', 'float32', 'q8_0', '8-bit'],
  ['f16', 'float16', 'f16', '16-bit'],
  ['f16', 'bfloat16', 'bf16', '16-bit'],
  ['f32', 'float16', 'f16', '16-bit'],
  ['f16', 'int8', 'int8', '8-bit'],
  ['q8_0', 'int8', 'int8', '8-bit'],
  ['q4_0', 'int8', 'q4_0', '4-bit'],
  ['f16', 'nf4', 'nf4', '4-bit'],
  ['q4_0', 'int4', 'int4', '4-bit, own quantisation'],
  ['q8_0', 'int4', 'int4', '4-bit, own quantisation'],
  ['f32', 'native', 'native', '16-bit'],
  ['f16', 'native', 'native', '16-bit'],
  ['q8_0', 'native', 'q8_0', '8-bit'],
])('a %s file converted to %s at load is %s of the %s class', (got, precision, runs, weightClass) => {
  const quantization = { asked: got, got, weightClass: weightClassOf(got) };
  const converted = convertedAtLoad(quantization, precision);
  expect(converted).toMatchObject({ asked: got, got: runs, weightClass });
  if (runs !== got) expect(converted.note).toBe(`converted from ${got} at load`);
});
