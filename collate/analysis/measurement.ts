/** What a row of runs.csv measured, read from its cell. */

import { type Measurement, taskOf } from '../../scripts/log/measurement.ts';
import { differingWords } from '../../scripts/log/measurement-words.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';

/** Hundreds of rows share a text, and groups, charts and labels all ask for it. */
const known = new Map<string, Measurement>();

/** Empty for a row of which nothing is known. */
export function measurementOf({ measurement }: Pick<RunRow, 'measurement'>): Measurement {
  if (measurement === null) return {};
  const found = known.get(measurement);
  if (found !== undefined) return found;
  const read = parse(measurement);
  known.set(measurement, read);
  return read;
}

/** The fields that contenders of one comparison share, as a text that is equal for equal ones. */
export function taskKey(run: Pick<RunRow, 'measurement'>): string {
  return JSON.stringify(taskOf(measurementOf(run)));
}

/** In what a task differs from others, in words. */
export function taskWords(
  run: Pick<RunRow, 'measurement'>,
  others: ReadonlyArray<Pick<RunRow, 'measurement'>>,
): string {
  const tasks = others.map((other) => taskOf(measurementOf(other)));
  return differingWords(taskOf(measurementOf(run)), tasks, ['workload']).join(', ');
}

/** For lines over a length or a load: what runs share but for the fields that differ along the line. */
export function measurementBut(run: Pick<RunRow, 'measurement'>, fields: readonly string[]): Measurement {
  return Object.fromEntries(Object.entries(measurementOf(run)).filter(([name]) => !fields.includes(name)));
}

/** What is a contender's own, whatever it was set to do. */
export function contenderKey(run: Pick<RunRow, 'measurement'>): string {
  return JSON.stringify(measurementBut(run, taskFieldsOf(run)));
}

export function taskFieldsOf(run: Pick<RunRow, 'measurement'>): string[] {
  return Object.keys(taskOf(measurementOf(run)));
}

/** The table is data: whatever is no object of plain values is left out. */
function parse(text: string): Measurement {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof value !== 'object' || value === null) return {};
  const isScalar = (field: unknown) => ['string', 'number', 'boolean'].includes(typeof field) || field === null;
  return Object.fromEntries(Object.entries(value).filter(([, field]) => isScalar(field)));
}
