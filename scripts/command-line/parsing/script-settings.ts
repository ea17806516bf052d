/**
 * Which settings each measuring script takes, so that a command can be written for it without starting it. A list by hand: the
 * programs lie above this room and bring every framework with them, while readers of logs need only the words. The test of
 * scripts/log/repeating-command.ts compares each list with the options of its program.
 */
import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { engineSettings, modelSettings } from '../../settings/engine-settings.ts';
import { loadSettings, poolSettings } from '../../settings/load-settings.ts';
import {
  comparisonSettings,
  outputSettings,
  paritySettings,
  precisionSettings,
} from '../../settings/session-settings.ts';
import { longName, namesOf } from '../../settings/setting.ts';
import { type SettingName, settings } from '../../settings/settings.ts';
import {
  accuracySettings,
  extentSettings,
  likelihoodSettings,
  measuringSettings,
  samplingSettings,
} from '../../settings/workload-settings.ts';
import { type TypedValue, type TypedValues, typedName } from '../shell-line.ts';
import { addSettings } from './add-settings.ts';
import { optionName, pythonOptions } from './framework-options.ts';

interface ScriptSettings {
  names: readonly SettingName[];
  /** Options that are no settings: a framework to choose, a switch that denies another option. */
  own?: readonly string[];
  /** Settings whose default is another one here; undefined: none. */
  defaults?: Partial<Record<SettingName, number | undefined>>;
  /** Whether options of frameworks come last, after those of all. */
  frameworksLast?: true;
}

const common = [...namesOf(modelSettings), ...namesOf(engineSettings)];

const comparing: Readonly<Record<string, ScriptSettings>> = {
  'scripts/benchmark.ts': {
    names: [
      ...(['frameworks', 'iterations'] as const),
      ...namesOf(precisionSettings),
      ...namesOf(paritySettings),
      ...namesOf(comparisonSettings),
      ...common,
      ...namesOf(samplingSettings),
      ...namesOf(measuringSettings),
      ...namesOf(outputSettings),
    ],
    frameworksLast: true,
  },
  'scripts/parity.ts': {
    names: [
      ...(['frameworks', 'questions', 'maxTokens'] as const),
      ...common,
      ...namesOf(paritySettings),
      ...namesOf(outputSettings),
    ],
    defaults: { maxTokens: undefined },
    frameworksLast: true,
  },
  'scripts/perplexity.ts': {
    names: [
      ...(['frameworks'] as const),
      ...common,
      ...namesOf(likelihoodSettings),
      'reference',
      ...namesOf(outputSettings),
    ],
    own: ['--no-reference'],
    frameworksLast: true,
  },
  'scripts/verifiers-sweep.ts': {
    names: [
      ...(['frameworks', 'questions', 'maxTokens', 'temperature'] as const),
      ...namesOf(accuracySettings),
      ...common,
      ...namesOf(likelihoodSettings),
      'reference',
      ...namesOf(outputSettings),
    ],
    own: ['--data <file>', '--no-reference', '--no-text'],
    defaults: { maxTokens: undefined },
    frameworksLast: true,
  },
  'scripts/resource-pool-benchmark.ts': {
    names: [...common, ...namesOf(poolSettings), 'maxTokens', 'questions', ...namesOf(outputSettings)],
    own: ['--framework <name>'],
    defaults: { maxTokens: 64 },
  },
};

const single: ScriptSettings = {
  names: [
    ...common,
    ...namesOf(samplingSettings),
    ...namesOf(measuringSettings),
    ...namesOf(outputSettings),
    ...namesOf(extentSettings),
    ...namesOf(loadSettings),
  ],
};

const settingOptions = Object.entries(settings).flatMap(([name, setting]) => [
  name,
  typedName(`--${longName(setting)}`),
]);
const python = pythonOptions.map(optionName);

/**
 * A command with the options of the script and nothing else, by which words can be written; it parses nothing.
 * @param values those of no setting are options of a framework
 */
export function commandOfScript(script: string, values: TypedValues): CommandUnknownOpts {
  const { names, own = [], defaults = {}, frameworksLast } = comparing[script] ?? single;
  const command: CommandUnknownOpts = new Command();
  const known = new Set([...settingOptions, ...python, ...own.map((flag) => typedName(flag.split(' ')[0] ?? ''))]);
  const frameworkOptions = Object.keys(values).filter((name) => !known.has(name) && name !== 'framework');
  const addFlags = (flags: readonly string[]) => {
    for (const flag of flags) command.addOption(new Option<string>(flag));
  };
  const add = (some: readonly SettingName[]) =>
    void addSettings(
      command,
      some,
      Object.fromEntries(
        Object.entries(defaults).map(([name, usual]) => [
          name,
          usual === undefined ? { optional: true } : { default: usual },
        ]),
      ),
    );
  if (frameworksLast !== true && !(script in comparing))
    addFlags(frameworkOptions.map((name) => flagOf(name, values[name])));
  addFlags(own.filter((flag) => flag.includes('<')));
  const engineFrom = names.indexOf('seed');
  add(names.slice(0, engineFrom));
  addFlags(pythonOptions.map(({ flag }) => flag));
  add(names.slice(engineFrom));
  addFlags(own.filter((flag) => !flag.includes('<')));
  if (frameworksLast) addFlags(frameworkOptions.map((name) => flagOf(name, values[name])));
  return command;
}

/** `--page-port <value>`; nothing follows a switch. */
function flagOf(name: string, value: TypedValue): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}${typeof value === 'boolean' ? '' : ' <value>'}`;
}
