/**
 * The options of one cell of a sweep: every setting that is an axis, by its name in sweep files. The sweep file, its JSON
 * Schema and the page in docs/ follow it.
 */
import { z } from 'zod';
import { defaultQuantization, engineQuantizations, portableQuantizations } from '../../models/quantization.ts';
import type { CellWorkload } from '../../settings/setting.ts';
import { axisShape, workloadsOfAxis } from '../../settings/settings.ts';

const { size, algorithm, model, quantize, ...axes } = axisShape();

export const cellOptionsSchema = z.strictObject({
  framework: z.string().describe('framework by name'),
  size,
  algorithm,
  model,
  quantize: z
    .enum([...portableQuantizations, ...engineQuantizations])
    .default(defaultQuantization)
    .describe(quantize.description ?? ''),
  ...axes,
  concurrency: z
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe('answers at a time: clients of a server, sequences of one engine, or engine processes'),
});

/** With every default filled in. */
export type CellOptions = z.infer<typeof cellOptionsSchema>;
export type CellOptionName = keyof CellOptions;

export const cellOptionNames = cellOptionsSchema.keyof().options;

export function workloadOf({ workload, concurrency }: Pick<CellOptions, 'workload' | 'concurrency'>): CellWorkload {
  return concurrency === undefined ? workload : 'concurrency';
}

/** In which cells an option decides anything; of one that does in all, none. */
export function workloadsOf(name: CellOptionName): readonly CellWorkload[] {
  return workloadsOfAxis(name);
}

/** Whether an option decides anything in a cell: two cells that differ in others only are one. */
export function decides(name: CellOptionName, workload: CellWorkload): boolean {
  const workloads = workloadsOfAxis(name);
  return workloads.length === 0 || workloads.includes(workload);
}
