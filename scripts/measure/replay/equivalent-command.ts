/** The command line that makes a recorded run again without its log. */
import type { Framework } from '../../frameworks/framework.ts';
import type { ModelOptionValues } from '../../models/model-options.ts';
import type { Header } from '../run-log-format.ts';
import { recordedOptions, wasGiven } from './recorded-options.ts';
import type { RecordedSettings } from './replay-settings.ts';

export interface EquivalentRun {
  header: Header;
  framework: Framework;
  model: ModelOptionValues;
  settings: RecordedSettings;
  /** As --questions takes it; undefined for the predefined ones. */
  questions: string | undefined;
}

/** Every setting by name, so that other defaults in another version change nothing. */
export function equivalentCommand({ header, framework, model, settings, questions }: EquivalentRun): string[] {
  const { engine, warmUp, workload } = settings;
  const options: Array<[name: string, value: string | number | undefined]> = [
    ['model', model.model],
    ['quantize', model.quantize],
    ['seed', header.seed],
    ['threads', engine.threads],
    ['device', engine.device],
    ['gpu-layers', engine.gpuLayers],
    ['context', engine.contextTokens],
    ['batch', engine.batchTokens],
    ['flash-attention', engine.flashAttention],
    ['kv-type', engine.kvType],
    ['precision', engine.precision],
    ['device-count', engine.deviceCount],
    ['shard', engine.shard],
    ['warmup', warmUp],
    ['workload', workload.kind],
    ...workloadOptions(workload),
    ['questions', questions],
  ];
  return [
    'npx',
    'tsx',
    `scripts/${framework.name}-benchmark.ts`,
    ...options.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)])),
    ...(model.synthetic === true ? ['--synthetic'] : []),
    ...(engine.compile ? ['--compile'] : []),
    ...(workload.kind === 'qa' && workload.ignoreEndOfSequence ? ['--ignore-eos'] : []),
    ...(header.host.anonymized ? ['--anonymize'] : []),
    ...frameworkOptions(framework, header.command),
  ];
}

function workloadOptions(workload: RecordedSettings['workload']): Array<[string, number]> {
  switch (workload.kind) {
    case 'qa':
      return [
        ['max-tokens', workload.maxTokens],
        ['temperature', workload.temperature],
        ['iterations', workload.rounds],
        ['first-round', workload.firstRound],
        ['min-seconds', workload.minSeconds],
      ];
    case 'kernel':
      return [
        ['n-prompt', workload.nPrompt],
        ['n-gen', workload.nGen],
        ['depth', workload.depth],
        ['repetitions', workload.repetitions],
      ];
    default:
      return workload satisfies never;
  }
}

/** Options of the framework's own stand only in the recorded command line. */
function frameworkOptions({ options = [] }: Framework, command: readonly string[]): string[] {
  return options.flatMap(({ flags }) => {
    const name = /--([\w-]+)/.exec(flags)?.[1] ?? '';
    if (!flags.includes('<')) return wasGiven(command, name) ? [`--${name}`] : [];
    return recordedOptions(command, name).map((value) => `--${name}=${value}`);
  });
}

/** As one line that a POSIX shell reads back into the same words. */
export function shellQuoted(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
