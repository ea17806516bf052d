/** The shape of a setting: all that the command line, the engines, the logs, sweeps and docs know of it, in one entry. */
import { z } from 'zod';
import type { NamedWorkload } from './defaults.ts';

/** The tools that a flag is known from; Tokenlap's own are earlier names. */
export type Tool = 'llama.cpp' | 'hyperfine' | 'vLLM' | 'lm-eval' | 'Tokenlap';

/** Another spelling of a flag, with the same meaning. */
export interface Alias {
  readonly tool: Tool;
  readonly typed: readonly string[];
  /** Whether a value follows (it does unless this says otherwise); `perhaps`: `bare` is meant where none does. */
  readonly value?: 'never' | 'perhaps';
  readonly bare?: string;
  /** The value in our words; several words are further options. Null: it cannot be expressed here, see `instead`. */
  readonly translate?: (value: string) => readonly string[] | null;
  /** Set with it, unless the person has set that option. */
  readonly adds?: readonly [option: string, value: string];
  readonly note?: string;
  /** What to type where the value has no translation. */
  readonly instead?: string;
}

export interface Setting {
  /** As commander has it: '--threads <n>'. */
  readonly flag: string;
  readonly aliases?: readonly Alias[];
  /** Type and bounds of the value; text that only a parser of a higher layer understands is a string here. */
  readonly schema: z.ZodType;
  /** Absent: undefined unless given. */
  readonly default?: string | number | boolean | readonly string[];
  readonly help: string;
  readonly unit?: string;
  /** Its heading in the help; absent: one of the script's own options, which the short help shows. */
  readonly group?: Group;
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

type Group = 'Model:' | 'Engine:' | 'Workload:' | 'Output:';

/** What a cell of a sweep measures. */
export type CellWorkload = NamedWorkload | 'concurrency';

/** The typed value of a setting; undefined where it has no default and was not given. */
export type ValueOf<S extends Setting> = z.infer<S['schema']> | (S extends { default: unknown } ? never : undefined);

export const whole = (least: number, most = Number.MAX_SAFE_INTEGER) => z.int().min(least).max(most);
export const real = (least: number, most = Number.POSITIVE_INFINITY) => z.number().min(least).max(most);

/** Settings under one heading of the help. */
export function grouped<const Entries extends Readonly<Record<string, Setting>>>(
  group: Group,
  entries: Entries,
): { [N in keyof Entries]: Entries[N] & { readonly group: Group } };
export function grouped(group: Group, entries: Readonly<Record<string, Setting>>): Record<string, Setting> {
  return Object.fromEntries(Object.entries(entries).map(([name, setting]) => [name, { ...setting, group }]));
}

/** Replaces the words of another tool; others stay. */
export function words(table: Readonly<Record<string, string>>): (value: string) => readonly string[] {
  return (value) => [table[value.toLowerCase()] ?? value];
}

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
