/**
 * Names of weight formats: the engines' own and the portable ones, and what a run gets when it asks for one.
 * Results are compared only within a weight class, so the class comes from the format that runs, never from the wish.
 */
import { missingError, type UserError, usageError } from '../command-line/errors.ts';
import { withSuggestion } from '../command-line/suggestion.ts';
import type { Quantization } from '../log/records/model-record.ts';

interface Format {
  weightClass: string;
  /** As a whole model of that format usually has it, blocks' scales and mixed tensors included. */
  bitsPerWeight: number;
  /** `general.file_type` of a GGUF file (llama_ftype in llama.cpp's include/llama.h); absent for other containers. */
  ggufFileType?: number;
}

const format = (weightClass: string, bitsPerWeight: number, ggufFileType?: number): Format => ({
  weightClass,
  bitsPerWeight,
  ...(ggufFileType === undefined ? {} : { ggufFileType }),
});

/** Engines' own names, lower case. Those without a file type are MLC's: q<weight bits>f<activation bits>_<layout>. */
const formats = new Map<string, Format>([
  ['f32', format('32-bit', 32, 0)],
  ['q0f32', format('32-bit', 32)],
  ['f16', format('16-bit', 16, 1)],
  ['bf16', format('16-bit', 16, 32)],
  ['q0f16', format('16-bit', 16)],
  ['q8_0', format('8-bit', 8.5, 7)],
  ['q8f16_1', format('8-bit', 8.5)],
  ['q6_k', format('6-bit', 6.56, 18)],
  ['q5_k_m', format('5-bit', 5.69, 17)],
  ['q5_k_s', format('5-bit', 5.52, 16)],
  ['q5_1', format('5-bit', 6, 9)],
  ['q5_0', format('5-bit', 5.5, 8)],
  ['q4_k_m', format('4-bit', 4.85, 15)],
  ['q4_k_s', format('4-bit', 4.57, 14)],
  ['q4_1', format('4-bit', 5, 3)],
  ['q4_0', format('4-bit', 4.5, 2)],
  ['iq4_nl', format('4-bit', 4.5, 25)],
  ['iq4_xs', format('4-bit', 4.25, 30)],
  ['mxfp4', format('4-bit', 4.25, 38)],
  ['nvfp4', format('4-bit', 4.5, 39)],
  ['q4f16_1', format('4-bit', 4.5)],
  ['q4f16_0', format('4-bit', 4.5)],
  ['q4f32_1', format('4-bit', 5)],
  ['q3_k_l', format('3-bit', 4.27, 13)],
  ['q3_k_m', format('3-bit', 3.91, 12)],
  ['q3_k_s', format('3-bit', 3.5, 11)],
  ['iq3_m', format('3-bit', 3.66, 27)],
  ['iq3_s', format('3-bit', 3.44, 26)],
  ['iq3_xs', format('3-bit', 3.3, 22)],
  ['iq3_xxs', format('3-bit', 3.06, 23)],
  ['q3f16_1', format('3-bit', 3.5)],
  ['q2_k', format('2-bit', 2.96, 10)],
  ['q2_k_s', format('2-bit', 2.7, 21)],
  ['iq2_m', format('2-bit', 2.7, 29)],
  ['iq2_s', format('2-bit', 2.5, 28)],
  ['iq2_xs', format('2-bit', 2.31, 20)],
  ['iq2_xxs', format('2-bit', 2.06, 19)],
  ['tq2_0', format('2-bit', 2.06, 37)],
  ['tq1_0', format('2-bit', 1.69, 36)],
  ['iq1_m', format('1-bit', 1.75, 31)],
  ['iq1_s', format('1-bit', 1.56, 24)],
]);

/** What a framework can make of the weights while it loads them (`--precision`); their layout is the framework's own. */
const conversions = new Map<string, { got: string; weightClass: string }>([
  ['float32', { got: 'f32', weightClass: '32-bit' }],
  ['bfloat16', { got: 'bf16', weightClass: '16-bit' }],
  ['float16', { got: 'f16', weightClass: '16-bit' }],
  ['int8', { got: 'int8', weightClass: '8-bit' }],
  ['nf4', { got: 'nf4', weightClass: '4-bit' }],
]);

/** The portable names: a class, and the formats of it that come first where there are several. */
const portable = new Map<string, { weightClass: string; prefer: readonly string[] }>([
  ['float32', { weightClass: '32-bit', prefer: ['f32'] }],
  ['float16', { weightClass: '16-bit', prefer: ['f16', 'bf16'] }],
  ['int8', { weightClass: '8-bit', prefer: ['q8_0'] }],
  ['nf4', { weightClass: '4-bit', prefer: ['nf4', 'q4_k_m', 'q4_0'] }],
  ['4bit', { weightClass: '4-bit', prefer: ['q4_k_m', 'q4_0'] }],
]);

export const defaultQuantization = 'default';
export const portableQuantizations = [defaultQuantization, ...portable.keys()];
export const engineQuantizations = [...formats.keys()];
/** Those that a GGUF file can have. */
export const ggufQuantizations = engineQuantizations.filter((name) => formats.get(name)?.ggufFileType !== undefined);

/** '4-bit' of 'q4_k_m'; 'unknown' for a format that no table knows. */
export function weightClassOf(name: string): string {
  return formats.get(name)?.weightClass ?? 'unknown';
}

/** '8-bit' of the portable name 'int8'; undefined for any other name, and for `default`, which has no class of its own. */
export function portableWeightClass(name: string): string | undefined {
  return portable.get(name)?.weightClass;
}

export function usualBitsPerWeight(name: string): number | undefined {
  return formats.get(name)?.bitsPerWeight;
}

/** The name behind `general.file_type`. */
export function quantizationOfFileType(fileType: number): string | undefined {
  for (const [name, { ggufFileType }] of formats) if (ggufFileType === fileType) return name;
  return undefined;
}

export function fileTypeOfQuantization(name: string): number | undefined {
  return formats.get(name)?.ggufFileType;
}

/**
 * The name as it was meant, in lower case.
 * @throws UserError naming all of them
 */
export function parseQuantization(text: string): string {
  const name = text.toLowerCase().replaceAll('-', '_');
  if (formats.has(name) || portableQuantizations.includes(name)) return name;
  const known = [...portableQuantizations, ...engineQuantizations];
  throw usageError(
    withSuggestion(`unknown quantisation "${text}"`, name, known),
    `Portable names: ${portableQuantizations.join(', ')}. Engines' own: ${engineQuantizations.join(', ')}.`,
  );
}

export interface QuantizationOffer {
  /** Formats in which the model is to be had. */
  available: readonly string[];
  /** What `default` means for this model. */
  preferred: string;
  /** Formats the framework runs, best first; empty: whatever the model has. */
  runnable: readonly string[];
  /** For messages: 'the hub has Llama 3.2 1B', 'synthetic weights are written'. */
  source: string;
}

/**
 * @param asked a name as typed
 * @throws UserError when the name is unknown, or nothing of its class is to be had
 */
export function chooseQuantization(asked: string, offer: QuantizationOffer): Quantization {
  const name = parseQuantization(asked);
  const runs = (format: string) => offer.runnable.length === 0 || offer.runnable.includes(format);
  const usable = offer.available.filter(runs);
  const got = (format: string, note?: string): Quantization => ({
    asked,
    got: format,
    weightClass: weightClassOf(format),
    ...(note === undefined ? {} : { note }),
  });

  const wish = portable.get(name);
  if (wish !== undefined) {
    const chosen = wish.prefer.find((format) => usable.includes(format)) ?? nearest(name, wish.weightClass, usable);
    if (chosen === undefined) throw nothingOfClass(asked, wish.weightClass, offer);
    return got(chosen, `${name} is a portable name; the ${wish.weightClass} format here is ${chosen}`);
  }
  if (name === defaultQuantization) {
    if (usable.includes(offer.preferred)) return got(offer.preferred, `the default here is ${offer.preferred}`);
    const chosen = nearest(offer.preferred, weightClassOf(offer.preferred), usable) ?? bestRunnable(offer, usable);
    if (chosen === undefined) throw nothingOfClass(asked, undefined, offer);
    return got(chosen, `the framework does not run ${offer.preferred}, the default here; ${chosen} is taken`);
  }
  if (runs(name)) {
    if (offer.available.includes(name)) return got(name);
    throw missingError(
      `${name} is not to be had: ${offer.source} in ${list(offer.available)}`,
      `Choose one with --quantize, or a portable name (${portableQuantizations.join(', ')}).`,
    );
  }
  const chosen = nearest(name, weightClassOf(name), usable);
  if (chosen === undefined) throw nothingOfClass(asked, weightClassOf(name), offer);
  return got(chosen, `the framework does not run ${name}; ${chosen} is its nearest ${weightClassOf(name)} format`);
}

/**
 * What runs after a conversion at load. A finer format adds nothing to the values that the file has, so it changes no
 * class; one as coarse or coarser replaces them.
 * @param precision 'auto' or one of `--precision`
 */
export function convertedAtLoad(quantization: Quantization, precision: string): Quantization {
  const target = conversions.get(precision);
  if (target === undefined || target.got === quantization.got) return quantization;
  if (Number.parseInt(target.weightClass, 10) > Number.parseInt(quantization.weightClass, 10)) return quantization;
  const note = `converted from ${quantization.got} at load`;
  return {
    ...quantization,
    ...target,
    note: quantization.note === undefined ? note : `${quantization.note}; ${note}`,
  };
}

function nearest(name: string, weightClass: string, usable: readonly string[]): string | undefined {
  const wanted = formats.get(name)?.bitsPerWeight ?? Number.parseInt(weightClass, 10);
  const distance = (format: string) => Math.abs((formats.get(format)?.bitsPerWeight ?? 0) - wanted);
  const sameClass = usable.filter((format) => weightClassOf(format) === weightClass);
  return sameClass.sort((a, b) => distance(a) - distance(b))[0];
}

function bestRunnable(offer: QuantizationOffer, usable: readonly string[]): string | undefined {
  return offer.runnable.find((format) => usable.includes(format));
}

function nothingOfClass(asked: string, weightClass: string | undefined, offer: QuantizationOffer): UserError {
  const runs = offer.runnable.length === 0 ? '' : `, and the framework runs ${list(offer.runnable)}`;
  const what = weightClass === undefined ? 'nothing that runs' : `no ${weightClass} format that runs`;
  return missingError(
    `"${asked}": there is ${what}; ${offer.source} in ${list(offer.available)}${runs}`,
    'Choose another --quantize, or another model with --size or --model.',
  );
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'no format' : names.join(', ');
}
