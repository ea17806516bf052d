/** The shape of a setting: all that the command line, the engines, the logs, sweeps and docs know of it, in one entry. */
import { z } from 'zod';
import type { NamedWorkload } from './defaults.ts';

export interface Setting {
  /** As commander has it: '--threads <n>'. Other tools' spellings are in command-line/familiar-flags.ts. */
  readonly flag: string;
  /** Type and bounds of the value; text that only a parser of a higher layer understands is a string here. */
  readonly schema: z.ZodType;
  /** Absent: undefined unless given. */
  readonly default?: string | number | boolean | readonly string[];
  readonly help: string;
  readonly unit?: string;
  /** Its heading in the help; absent: one of the script's own options, which the short help shows. */
  readonly group?: 'Model:' | 'Engine:' | 'Workload:' | 'Output:';
  /** True: the short help shows it although it stands in a group. */
  readonly essential?: true;
  /** Values that a shell offers beside those of the schema. */
  readonly suggests?: readonly string[];
  /** True: part of the engine's load request. */
  readonly engine?: true;
  /** Its name in a sweep file; absent: no axis of a sweep. */
  readonly axis?: string;
  /** Its description there, where it differs from the help. */
  readonly axisHelp?: string;
  /** Workloads of a sweep's cells in which it decides anything; absent: all. */
  readonly decidesIn?: readonly CellWorkload[];
  /** Column of runs.csv that has it as it was asked for. */
  readonly column?: string;
}

/** What a cell of a sweep measures. */
export type CellWorkload = NamedWorkload | 'concurrency';

/** The typed value of a setting; undefined where it has no default and was not given. */
export type ValueOf<S extends Setting> = z.infer<S['schema']> | (S extends { default: unknown } ? never : undefined);

export const whole = (least: number, most = Number.MAX_SAFE_INTEGER) => z.int().min(least).max(most);
export const real = (least: number, most = Number.POSITIVE_INFINITY) => z.number().min(least).max(most);

/** `--gpu-layers <n>` is named gpu-layers. */
export function longName({ flag }: Pick<Setting, 'flag'>): string {
  return /--([\w-]+)/.exec(flag)?.[1] ?? '';
}

/** The names of a group of settings, in its order. */
export function namesOf<const Group extends Readonly<Record<string, Setting>>>(
  group: Group,
): Array<keyof Group & string>;
export function namesOf(group: Readonly<Record<string, Setting>>): string[] {
  return Object.keys(group);
}
