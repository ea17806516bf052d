/**
 * Every setting of the product as data. Options of commands, the engine's load request, axes of sweeps, replay, the
 * command that repeats a run, and docs/settings.md derive from it: a new setting is one entry, and the engines that honour it.
 */
import { z } from 'zod';
import { defaults } from './defaults.ts';
import { engineSettings, modelSettings } from './engine-settings.ts';
import { sessionSettings } from './session-settings.ts';
import type { CellWorkload, Setting, ValueOf } from './setting.ts';
import { workloadSettings } from './workload-settings.ts';

export const settings = {
  ...modelSettings,
  ...engineSettings,
  ...workloadSettings,
  ...sessionSettings,
};
export type Settings = typeof settings;
export type SettingName = keyof Settings;

/** Typed values of the settings of these names. */
export type SettingValues<N extends SettingName> = { [K in N]: ValueOf<Settings[K]> };

/** Names of the settings that have a field: those of the load request have `engine`. */
type Having<Field extends keyof Setting> = {
  [N in SettingName]: Settings[N] extends Readonly<Record<Field, unknown>> ? N : never;
}[SettingName];

const entries: ReadonlyArray<readonly [string, Setting]> = Object.entries(settings);

function isNamed<N extends SettingName>(name: string, setting: Setting, field: keyof Setting): name is N {
  return field in setting && name in settings;
}

function having<Field extends keyof Setting>(field: Field): Array<Having<Field>> {
  return entries.flatMap(([name, setting]) => (isNamed<Having<Field>>(name, setting, field) ? [name] : []));
}

export function settingOf(name: SettingName): Setting {
  return settings[name];
}

/** Values of a framework's own options, by name: `accuracyLevel` of --accuracy-level. */
export const frameworkSettingsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
export type FrameworkSettings = Readonly<z.infer<typeof frameworkSettingsSchema>>;

export const engineSettingNames = having('engine');
type EngineShape = { [N in Having<'engine'>]: Settings[N]['schema'] };

function engineShape(): EngineShape;
function engineShape(): Record<string, z.ZodType> {
  return Object.fromEntries(engineSettingNames.map((name) => [name, settingOf(name).schema]));
}

/** What the person asked for. 'auto' leaves a choice to the engine; its `effective` record says what it chose. */
export const engineSettingsSchema = z.object({
  ...engineShape(),
  /** Answers that one engine may give at a time, each with a context of its own; absent: one. */
  sequences: z.int().positive().exactOptional(),
  /** The model embeds texts and generates nothing, which may need another kind of context. */
  embedding: z.literal(true).exactOptional(),
  /** Options of the framework's own; absent: none was given. */
  framework: frameworkSettingsSchema.exactOptional(),
});
export type EngineSettings = z.infer<typeof engineSettingsSchema>;

/** Every default, on one thread: for engines that load nothing, and as a base of settings that decide little. */
export const defaultEngineSettings: EngineSettings = engineSettingsSchema.parse({
  threads: 1,
  contextTokens: defaults.contextTokens,
  ...Object.fromEntries(
    engineSettingNames.map((name) => [name, settingOf(name).default]).filter(([, d]) => d !== undefined),
  ),
});

const axisSettingNames = having('axis');
type AxisSetting = Having<'axis'>;
type AxisShape = {
  [N in AxisSetting as Settings[N]['axis']]: Settings[N] extends { default: unknown }
    ? z.ZodDefault<Settings[N]['schema']>
    : z.ZodOptional<Settings[N]['schema']>;
};

/** The axes of a sweep by their names in its file, each with its default and description. */
export function axisShape(): AxisShape;
export function axisShape(): Record<string, z.ZodType> {
  return Object.fromEntries(
    axisSettingNames.map((name) => {
      const { schema, axis = name, axisHelp, help, default: usual } = settingOf(name);
      const valued = usual === undefined ? schema.optional() : schema.default(usual);
      return [axis, valued.describe(axisHelp ?? help)];
    }),
  );
}

/** Values of a sweep's axes, by the names of the settings. */
export function settingsOfAxes(axes: z.infer<z.ZodObject<AxisShape>>): SettingValues<AxisSetting>;
export function settingsOfAxes(axes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(axisSettingNames.map((name) => [name, axes[settingOf(name).axis ?? name]]));
}

/** The reverse: what has no axis is left out. */
export function axesOfSettings(values: object): Record<string, unknown> {
  const given = new Map<string, unknown>(Object.entries(values));
  return Object.fromEntries(
    axisSettingNames.flatMap((name) => {
      const value = given.get(name);
      return value === undefined ? [] : [[settingOf(name).axis ?? name, value]];
    }),
  );
}

/** Workloads of cells in which an axis decides anything; of one that does in all, and of other axes, none. */
export function workloadsOfAxis(axis: string): readonly CellWorkload[] {
  return entries.find(([, setting]) => setting.axis === axis)?.[1].decidesIn ?? [];
}

/** Whether a recorded value is what the setting of that name has where nobody sets it. */
export function isSettingDefault(name: string, value: unknown): boolean {
  const usual = entries.find(([each]) => each === name)?.[1].default;
  return usual !== undefined && usual === value;
}
