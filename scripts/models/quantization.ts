/**
 * Names of weight formats, engine-specific and portable, and the format that a run gets for a name.
 * Results are compared only within a weight class, so the class comes from the format that runs, never from the request.
 */
import { missingError, type UserError, usageError } from '../command-line/errors.ts';
import { withSuggestion } from '../command-line/options.ts';
import { formats, type Quantization, weightClassOf } from '../log/records/model-record.ts';

/** Not the values of any file, not even of one with four bits: apart from the formats whose values are known. */
const ownFourBit = '4-bit, own quantisation';

/** Formats that a framework can convert weights to while it loads them (`--precision`); their layout is the framework's own. */
const conversions = new Map<string, { got: string; weightClass: string }>([
  ['float32', { got: 'f32', weightClass: '32-bit' }],
  ['bfloat16', { got: 'bf16', weightClass: '16-bit' }],
  ['float16', { got: 'f16', weightClass: '16-bit' }],
  ['int8', { got: 'int8', weightClass: '8-bit' }],
  ['nf4', { got: 'nf4', weightClass: '4-bit' }],
  ['int4', { got: 'int4', weightClass: ownFourBit }],
  // The engine chooses, and may round to 16 bits: nothing finer is promised. Integers with scales stay as they are.
  ['native', { got: 'native', weightClass: '16-bit' }],
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
/** Formats that a GGUF file can have. */
export const ggufQuantizations = engineQuantizations.filter((name) => formats.get(name)?.ggufFileType !== undefined);

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
 * The canonical name, in lower case.
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
  /** Formats in which the model is available. */
  available: readonly string[];
  /** The format of `default` for this model. */
  preferred: string;
  /** Formats the framework runs, best first; empty: whatever the model has. */
  runnable: readonly string[];
  /** For messages: 'the hub has Llama 3.2 1B', 'synthetic weights are written'. */
  source: string;
  /** What else would run, for the remedy. */
  instead?: string | undefined;
}

/**
 * @param asked a name as typed
 * @throws UserError when the name is unknown, or no format of its class is available
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
      `${name} is not available: ${offer.source} in ${list(offer.available)}`,
      `Choose one with --quantize, or a portable name (${portableQuantizations.join(', ')}).`,
    );
  }
  const chosen = nearest(name, weightClassOf(name), usable);
  if (chosen === undefined) throw nothingOfClass(asked, weightClassOf(name), offer);
  return got(chosen, `the framework does not run ${name}; ${chosen} is its nearest ${weightClassOf(name)} format`);
}

/**
 * The format after a conversion at load. A finer format adds nothing to the values of the file, so the class stays the same;
 * one that is as coarse or coarser replaces them.
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
    `${offer.instead ?? ''}Choose another --quantize, or another model with --size or --model.`,
  );
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'no format' : names.join(', ');
}
