/** What a recorded run was given that its `requested` lacks: options of the framework's own, and in older logs what was typed. */
import modelsFile from '../../configs/models.json' with { type: 'json' };
import { isSwitchedOn } from '../command-line/options.ts';
import type { FrameworkSettings } from '../settings/settings.ts';
import type { Header } from './run-log-format.ts';

interface OlderOption {
  variable: string;
  flag: string;
  name: string;
  kind?: 'number' | 'switch' | 'list';
}

/** Older logs have the options as variables of the environment, in text, among what was requested. */
const optionsOfOlderLogs: readonly OlderOption[] = [
  { variable: 'TOKENLAP_PYTHON', flag: 'python', name: 'python' },
  { variable: 'TOKENLAP_PYTHON_PATH', flag: 'python-path', name: 'pythonPath' },
  { variable: 'TOKENLAP_LLAMACPP_BUILD', flag: 'llamacpp-build', name: 'llamacppBuild' },
  { variable: 'TOKENLAP_ONNX_ACCURACY_LEVEL', flag: 'accuracy-level', name: 'accuracyLevel', kind: 'number' },
  { variable: 'TOKENLAP_ONNX_GRAPH', flag: 'graph', name: 'graph' },
  { variable: 'TOKENLAP_MODEL_LIB', flag: 'model-lib', name: 'modelLib' },
  { variable: 'TOKENLAP_WEB_LLM', flag: 'web-llm', name: 'webLlm' },
  { variable: 'TOKENLAP_BROWSER', flag: 'browser', name: 'browser' },
  { variable: 'TOKENLAP_BROWSER_URL', flag: 'browser-url', name: 'browserUrl' },
  { variable: 'TOKENLAP_BROWSER_ARGS', flag: 'browser-arg', name: 'browserArg', kind: 'list' },
  { variable: 'TOKENLAP_BROWSER_HEADED', flag: 'headed', name: 'headed', kind: 'switch' },
  { variable: 'TOKENLAP_PAGE_PORT', flag: 'page-port', name: 'pagePort', kind: 'number' },
  { variable: 'TOKENLAP_OPENAI_URL', flag: 'url', name: 'url' },
  { variable: 'TOKENLAP_OPENAI_MODEL', flag: 'server-model', name: 'serverModel' },
  { variable: 'TOKENLAP_OPENAI_KEY_ENV', flag: 'api-key-env', name: 'apiKeyEnv' },
  { variable: 'TOKENLAP_OPENAI_PROMPT_AS', flag: 'prompt-as', name: 'promptAs' },
];

/** Options that may be given several times. */
export const listOptions = optionsOfOlderLogs.filter(({ kind }) => kind === 'list').map(({ name }) => name);

/** By the options' names. The oldest logs have them on their command line only. */
export function frameworkSettingsOf({ framework, requested, command }: Header): FrameworkSettings {
  if (framework.settings !== undefined) return framework.settings;
  return Object.fromEntries(
    optionsOfOlderLogs.flatMap(({ variable, flag, name, kind }): Array<[string, string | number | boolean]> => {
      const recorded = requested[variable];
      if (kind === 'switch') {
        return isSwitchedOn(String(recorded ?? '')) || command.includes(`--${flag}`) ? [[name, true]] : [];
      }
      const typed = recordedOptions(command, flag);
      const text = typeof recorded === 'string' ? recorded : kind === 'list' ? typed.join(' ') : (typed.at(-1) ?? '');
      return text === '' ? [] : [[name, kind === 'number' ? Number(text) : text]];
    }),
  );
}

/** The value behind `--name`, in either spelling; undefined when it was not given. */
export function recordedOption(command: readonly string[], name: string): string | undefined {
  return recordedOptions(command, name).at(-1);
}

/** Every value, where an option may be repeated. */
export function recordedOptions(command: readonly string[], name: string): string[] {
  return command.flatMap((part, i) => {
    if (part === `--${name}`) return command[i + 1] ?? [];
    return part.startsWith(`--${name}=`) ? part.slice(name.length + 3) : [];
  });
}

export function wasGiven(command: readonly string[], name: string): boolean {
  return command.some((part) => part === `--${name}` || part.startsWith(`--${name}=`));
}

/** As a person would choose it: what was typed, or in older logs, which do not say it, what configs/models.json calls it. */
export function modelChoice({ model, command }: Header): {
  size?: string | undefined;
  algorithm?: string | undefined;
  model?: string | undefined;
} {
  if (model.asked !== undefined) return model.asked;
  const typed = recordedOption(command, 'model');
  if (typed !== undefined) return { model: typed };
  const registered = registeredAs(model);
  if (registered !== undefined) return { model: registered };
  return { size: recordedOption(command, 'size') ?? model.size, algorithm: recordedOption(command, 'algorithm') };
}

/** Id of the known model; undefined for a file of the person's own. */
export function registeredAs(model: Header['model']): string | undefined {
  if (model.source === 'path' || model.source === 'server') return undefined;
  const nameOf = (name: string) => (model.synthetic ? `${name} (synthetic)` : name);
  return modelsFile.models.find(({ name }) => nameOf(name) === model.name)?.id;
}
