/** Options and settings of ONNX Runtime. */
import { z } from 'zod';
import { usageError } from '../../command-line/errors.ts';
import { type FrameworkOption, textOption } from '../../command-line/parsing/framework-options.ts';
import type { FrameworkSettings } from '../../settings/settings.ts';
import type { KeyValueType } from './graph/graph-builder.ts';

/** Formats of matrices in a GGUF file that operators support, best supported first. */
export const weightFormats = ['f16', 'q8_0', 'q4_0', 'f32', 'bf16', 'q6_k'] as const;

const levels = z.int().min(0).max(4);

export const accuracyLevelOption = {
  flag: '--accuracy-level <level>',
  schema: levels,
  help: 'accuracy level of MatMulNBits: 0 computes in float32, 4 quantises activations to 8 bits (default: 4 on the CPU, else 0)',
  variable: 'TOKENLAP_ONNX_ACCURACY_LEVEL',
} satisfies FrameworkOption;

export const graphOption = {
  flag: '--graph <path>',
  schema: z.string(),
  help: 'run this graph (transformers.js layout) instead of one written from --model; the tokenizer is that of --model',
  variable: 'TOKENLAP_ONNX_GRAPH',
} satisfies FrameworkOption;

/** Path of a given graph; undefined: write one. */
export function givenGraph(given: FrameworkSettings | undefined): string | undefined {
  return textOption(given, 'graph');
}

/** The accuracy level that quantises activations to 8 bits. */
export const eightBitActivations = 4;

/** On a processor, integer weights are multiplied by activations of 8 bits, as in other engines that keep weights as integers. */
export function defaultAccuracyLevel(device: string): number {
  return device === 'cpu' ? eightBitActivations : 0;
}

/** Levels go from 0 (float32) to 4 (8-bit activations); 1 is the same as 0, 2 and 3 compute in 16 bits on accelerators. */
export function accuracyLevel(device: string, given: FrameworkSettings | undefined): number {
  return levels.parse(given?.accuracyLevel ?? defaultAccuracyLevel(device));
}

const keyValueTypes: Readonly<Record<string, KeyValueType>> = { auto: 'float32', f32: 'float32', f16: 'float16' };

/** @param name value of --kv-type */
export function keyValueType(name: string): KeyValueType {
  const type = keyValueTypes[name];
  if (type !== undefined) return type;
  throw usageError(`ONNX Runtime has no KV cache type "${name}"`, `Types: ${Object.keys(keyValueTypes).join(', ')}.`);
}

/**
 * Turns off the telemetry of ONNX Runtime 1.30, which sends usage data if permitted and keeps a device id and a database in the
 * user's cache. Its native library reads this variable. Engine processes start with it; other processes that import runtime.ts
 * get it here, so runtime.ts imports this module before onnxruntime-node.
 */
export const withoutTelemetry = { ORT_DISABLE_TELEMETRY: '1' };

Object.assign(process.env, withoutTelemetry);

export interface WeightOptions {
  /** Accuracy level of MatMulNBits: 0 computes in float32, 4 quantises activations to 8 bits. */
  accuracyLevel: number;
  /** Whether to use the operators that a processor runs best; otherwise those that accelerators have at all. */
  forProcessor: boolean;
}
