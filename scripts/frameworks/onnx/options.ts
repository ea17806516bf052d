/** Options and settings of ONNX Runtime. */
import { exitCodes, UserError } from '../../command-line/errors.ts';
import { wholeNumber } from '../../command-line/options.ts';
import type { FrameworkOption } from '../framework.ts';
import type { KeyValueType } from './graph/value-names.ts';

/** Formats of matrices in a GGUF file that operators support, best supported first. */
export const weightFormats = ['f16', 'q8_0', 'q4_0', 'f32', 'bf16', 'q6_k'] as const;

export const accuracyLevelOption: FrameworkOption = {
  flags: '--accuracy-level <level>',
  description:
    'accuracy level of MatMulNBits: 0 computes in float32, 4 quantises activations to 8 bits (default: 4 on the CPU, else 0)',
  variable: 'TOKENLAP_ONNX_ACCURACY_LEVEL',
  parse: wholeNumber(0, 4),
};

export const graphOption: FrameworkOption = {
  flags: '--graph <path>',
  description:
    'run this graph (transformers.js layout) instead of one written from --model; the tokenizer is that of --model',
  variable: 'TOKENLAP_ONNX_GRAPH',
};

/** Path of a given graph; undefined: write one. */
export function givenGraph(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return environment[graphOption.variable] || undefined;
}

/** The accuracy level that quantises activations to 8 bits. */
export const eightBitActivations = 4;

/** On a processor, integer weights are multiplied by activations of 8 bits, as in other engines that keep weights as integers. */
export function defaultAccuracyLevel(device: string): number {
  return device === 'cpu' ? eightBitActivations : 0;
}

/** Levels go from 0 (float32) to 4 (8-bit activations); 1 is the same as 0, 2 and 3 compute in 16 bits on accelerators. */
export function accuracyLevel(device: string, environment: NodeJS.ProcessEnv = process.env): number {
  const text = environment[accuracyLevelOption.variable] || String(defaultAccuracyLevel(device));
  if (/^[0-4]$/.test(text)) return Number(text);
  throw new UserError(`accuracy level "${text}" does not exist`, {
    exitCode: exitCodes.usage,
    remedy: 'Levels: 0 (float32) to 4 (8-bit activations).',
  });
}

const keyValueTypes: Readonly<Record<string, KeyValueType>> = { auto: 'float32', f32: 'float32', f16: 'float16' };

/** @param name value of --kv-type */
export function keyValueType(name: string): KeyValueType {
  const type = keyValueTypes[name];
  if (type !== undefined) return type;
  throw new UserError(`ONNX Runtime has no KV cache type "${name}"`, {
    exitCode: exitCodes.usage,
    remedy: `Types: ${Object.keys(keyValueTypes).join(', ')}.`,
  });
}
