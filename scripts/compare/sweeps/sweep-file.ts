/** A sweep file: axes with a value, a list or a range each, what is left out, and what holds only under a condition. */
import { z } from 'zod';
import { oneLine, type UserError, usageError } from '../../command-line/errors.ts';
import { textLimits } from '../../command-line/files/input-limits.ts';
import { parseJson, readText } from '../../command-line/files/text-file.ts';
import { suggestion } from '../../command-line/options.ts';
import { frameworks } from '../../frameworks/registry.ts';
import { defaults } from '../../settings/defaults.ts';
import { type CellOptionName, cellOptionNames, cellOptionsSchema } from './cell.ts';

export const mostIterations = 1000;
/** It names a file, and stands in every log. */
export const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** `{"from": 1, "to": 8, "step": 1}` and `{"from": 1, "to": 64, "factor": 2}`. */
const ends = {
  from: z.number().describe('the first value'),
  to: z.number().describe('the last value, where the steps meet it'),
};

export const rangeSchema = z.union([
  z.strictObject({ ...ends, step: z.number().positive().describe('what is added each time') }),
  z.strictObject({ ...ends, factor: z.number().gt(1).describe('what it is multiplied by each time') }),
]);
type Range = z.infer<typeof rangeSchema>;

const scalarSchema = z.union([z.string(), z.number(), z.boolean()]);
export type Scalar = z.infer<typeof scalarSchema>;
/** The values of some axes. */
export type Axes = Partial<Record<CellOptionName, readonly Scalar[]>>;

const axisSchema = z.union([
  scalarSchema.transform((value): Scalar[] => [value]),
  z.array(scalarSchema).min(1),
  rangeSchema.transform(valuesOf),
]);
const axesSchema = z.partialRecord(z.enum(cellOptionNames), axisSchema);

/** The keys of a file beside its axes. */
const frameSchema = z.object({
  $schema: z.string().optional(),
  name: z.string().regex(namePattern),
  description: z.string().default(''),
  /** Runs of each cell, each in a fresh process. */
  iterations: z.int().min(1).max(mostIterations).default(defaults.iterations),
  /** Draws the order of the cells. */
  orderSeed: z.int().min(0).default(defaults.seed),
  /** Each makes cells of its own from the shared axes and these, which win; without any, the shared axes are the grid. */
  grids: z.array(axesSchema).min(1).default([{}]),
  /** Cells that match one of these are left out. */
  exclude: z.array(axesSchema).default([]),
  when: z.array(z.strictObject({ if: axesSchema, with: axesSchema })).default([]),
});

export interface SweepFile extends Omit<z.infer<typeof frameSchema>, '$schema'> {
  /** Axes of all grids. */
  axes: Axes;
}

/** @throws UserError with the place of the first thing that is wrong */
export function readSweepFile(path: string): SweepFile {
  const text = readText(path, 'reading the sweep', textLimits.settings);
  let content: unknown;
  try {
    content = parseJson(text);
  } catch (error) {
    throw wrong(path, `it is not valid JSON: ${oneLine(error)}`, 'Correct it there.');
  }
  return parseSweep(content, path);
}

/** @param place for messages: the file's path */
export function parseSweep(content: unknown, place: string): SweepFile {
  const frame = frameSchema.safeParse(content);
  if (!frame.success) throw wrongAt(frame.error, content, place);
  const rest = Object.entries(Object(content)).filter(([key]) => !(key in frameSchema.shape));
  const parsed = axesSchema.safeParse(Object.fromEntries(rest));
  if (!parsed.success) throw wrongAt(parsed.error, content, place);
  const axes = parsed.data;
  const { $schema: _, ...known } = frame.data;
  const file: SweepFile = { ...known, axes };
  const { grids, exclude, when } = file;
  for (const [where, some] of [
    ['', axes],
    ...grids.map((one, i) => [`grids[${i}].`, one] as const),
    ...exclude.map((one, i) => [`exclude[${i}].`, one] as const),
    ...when.flatMap((rule, i) => [[`when[${i}].if.`, rule.if] as const, [`when[${i}].with.`, rule.with] as const]),
  ] as const) {
    checkValues(some, place, where);
  }
  if ([axes, ...grids, ...when.map((rule) => rule.with)].every((some) => some.framework === undefined)) {
    throw wrong(place, 'it names no framework', `Add "framework": ["${frameworks[0]?.name ?? ''}"].`);
  }
  return file;
}

/** Each value by the rule of its option. */
function checkValues(axes: Axes, place: string, where: string): void {
  for (const [name, values] of Object.entries(axes)) {
    if (!isOptionName(name) || values === undefined) continue;
    for (const value of values) {
      const checked = cellOptionsSchema.shape[name].safeParse(value);
      if (checked.success) continue;
      const option = cellOptionsSchema.shape[name];
      const [issue] = checked.error.issues;
      throw wrong(
        place,
        `${where}${name}: ${JSON.stringify(value)} does not fit: ${issue?.message ?? 'wrong value'}`,
        `${name} is: ${option.description}.${meantValue(value, issue)}`,
      );
    }
  }
}

function meantValue(value: Scalar, issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code !== 'invalid_value') return '';
  const meant = suggestion(String(value), issue.values.map(String));
  return meant === '' ? '' : ` ${meant}`;
}

function wrongAt(error: z.ZodError, content: unknown, place: string): UserError {
  // A wrong key leaves the right one missing: the wrong one is what a person can see.
  const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0];
  if (issue === undefined) return wrong(place, 'it is no sweep', remedy);
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const known =
      issue.path.length === 0 ? [...Object.keys(frameSchema.shape), ...cellOptionNames] : whereKnown(issue.path);
    const hint = suggestion(key, known) || `Known keys: ${known.join(', ')}.`;
    return wrong(place, `unknown key "${pathText([...issue.path, key])}"`, hint);
  }
  const value = issue.path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    content,
  );
  if (issue.path.length === 0) return wrong(place, 'it is no object with a name and axes', remedy);
  if (value === undefined) return wrong(place, `"${pathText(issue.path)}" is missing`, remedy);
  const needed = issue.code === 'invalid_union' ? 'a value, a list of values or a range is needed' : issue.message;
  return wrong(place, `${pathText(issue.path)}: ${JSON.stringify(value)} does not fit: ${needed}`, remedy);
}

const remedy = 'docs/sweeps.md describes the file; configs/suites/ has examples.';

function whereKnown(path: readonly PropertyKey[]): string[] {
  return path.at(0) === 'when' && path.length === 2 ? ['if', 'with'] : [...cellOptionNames];
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

function wrong(place: string, what: string, next: string): UserError {
  return usageError(`${place}: ${what}`, next);
}

export function isOptionName(name: string): name is CellOptionName {
  return name in cellOptionsSchema.shape;
}

const mostValues = 10_000;

/** From `from` up to `to`, which is among them where the steps meet it; empty where it lies below. */
function valuesOf(range: Range): number[] {
  // By its place rather than by adding up, so that 0.1 in ten steps ends at 1.
  const at = (i: number) => ('step' in range ? range.from + i * range.step : range.from * range.factor ** i);
  const values: number[] = [];
  for (let i = 0; i < mostValues && rounded(at(i)) <= range.to; i++) {
    // From 0 a factor leads nowhere.
    if (i > 0 && at(i) <= at(i - 1)) break;
    values.push(rounded(at(i)));
  }
  return values;
}

/** Whole where only the arithmetic has left it unwhole. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
