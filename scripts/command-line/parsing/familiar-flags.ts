/**
 * Flags that people bring from other tools. Those with the meaning of a setting stand with the setting, as its aliases; here are
 * those of options that are no setting, and those that mean nothing here, which are answered with what to type instead.
 * docs/commands.md shows the whole list.
 */
import { type Alias, longName, type Setting, type Tool } from '../../settings/setting.ts';
import { settings } from '../../settings/settings.ts';

export interface FamiliarFlag extends Alias {
  /** The option that is meant: '--model'. */
  readonly means: string;
}

/** A flag that has another meaning here, or none. */
export interface PointedFlag {
  readonly typed: readonly string[];
  readonly tool: Tool;
  readonly instead: string;
}

const ofSettings = Object.values<Setting>(settings).flatMap((setting) =>
  (setting.aliases ?? []).map((alias): FamiliarFlag => ({ ...alias, means: `--${longName(setting)}` })),
);

const ofOtherOptions: readonly FamiliarFlag[] = [
  { tool: 'llama.cpp', typed: ['-p'], means: '--prompt' },
  { tool: 'llama.cpp', typed: ['-sys', '--system-prompt'], means: '--system' },
  { tool: 'llama.cpp', typed: ['-a', '--alias'], means: '--model-name' },
  { tool: 'vLLM', typed: ['--served-model-name'], means: '--model-name' },
  { tool: 'vLLM', typed: ['--base-url'], means: '--url' },
];

/** Where two options of a command claim a flag, the first one here is meant: `-n` chooses llama-bench's workload where there is one. */
export const familiarFlags: readonly FamiliarFlag[] = [...ofOtherOptions, ...ofSettings].sort(
  (a, b) => Number(b.adds !== undefined) - Number(a.adds !== undefined),
);

const recorded = 'The engine decides it here, and the log says what it decided where the engine reports it.';
const always = 'Raw logs with every answer are always written, to the folder of --output.';

export const pointedFlags: readonly PointedFlag[] = [
  { typed: ['-ub', '--ubatch-size'], tool: 'llama.cpp', instead: 'There is one batch size here: --batch TOKENS.' },
  { typed: ['-tb', '--threads-batch'], tool: 'llama.cpp', instead: 'Prompt and answer have the same --threads N.' },
  {
    typed: ['-pg'],
    tool: 'llama.cpp',
    instead: 'Ask for both tests, -p N -n N; `--workload qa` measures prompt and answer together.',
  },
  {
    typed: ['-sm', '--split-mode', '-ts', '--tensor-split', '-mg', '--main-gpu'],
    tool: 'llama.cpp',
    instead: 'Several devices: --device-count N --shard layers (or heads).',
  },
  {
    typed: ['-mmp', '--mmap', '--no-mmap', '--mlock', '-nkvo', '--no-kv-offload', '--numa', '--prio', '--poll', '-ot'],
    tool: 'llama.cpp',
    instead: recorded,
  },
  { typed: ['--api-key'], tool: 'llama.cpp', instead: 'Keys are in no command line: --api-key-env NAME.' },
  {
    typed: ['--export-json'],
    tool: 'hyperfine',
    instead: 'Add `--json > FILE`; raw logs are in the folder of --output too.',
  },
  {
    typed: ['--export-csv'],
    tool: 'hyperfine',
    instead: 'Run `npx tokenlap collate` afterwards: it makes CSV of all runs.',
  },
  {
    typed: ['--export-markdown', '--export-asciidoc', '--export-orgmode'],
    tool: 'hyperfine',
    instead: 'Run `npx tokenlap collate && npx tokenlap report` afterwards: report.md is in the folder of results.',
  },
  {
    typed: ['-M', '--max-runs', '--min-runs'],
    tool: 'hyperfine',
    instead: 'Rounds: --iterations N; or `npx tokenlap benchmark --until 2%`, as many as it takes.',
  },
  {
    typed: ['--prepare', '--setup', '--cleanup', '--conclude'],
    tool: 'hyperfine',
    instead: 'Each run is a fresh process by itself; commands around it belong into a script of yours.',
  },
  {
    typed: ['--num-prompts'],
    tool: 'vLLM',
    instead: 'Rounds of the questions: --iterations N; under load: --load-seconds S.',
  },
  {
    typed: ['--input-len', '--random-input-len'],
    tool: 'vLLM',
    instead: 'Random prompts: --workload kernel --n-prompt TOKENS.',
  },
  {
    typed: ['--output-len', '--random-output-len'],
    tool: 'vLLM',
    instead: 'Answers of a fixed length: --max-tokens N --ignore-eos.',
  },
  { typed: ['--dataset-name', '--dataset-path'], tool: 'vLLM', instead: 'Prompts of your own: --questions FILE.' },
  { typed: ['--tokenizer'], tool: 'vLLM', instead: 'The file of --model lends its tokenizer.' },
  { typed: ['--num-iters'], tool: 'vLLM', instead: 'Runs: --iterations N; of the kernel workload: --repetitions N.' },
  { typed: ['--num-iters-warmup'], tool: 'vLLM', instead: 'Answers beforehand: --warmup N.' },
  { typed: ['--backend', '--endpoint'], tool: 'vLLM', instead: 'The server is named by its address: --url URL.' },
  { typed: ['--save-result', '--result-dir'], tool: 'vLLM', instead: always },
  {
    typed: ['--gpu-memory-utilization', '--enforce-eager', '--trust-remote-code', '--max-num-batched-tokens'],
    tool: 'vLLM',
    instead: recorded,
  },
  {
    typed: ['--model-args'],
    tool: 'lm-eval',
    instead: 'The model is named by --model NAME or FILE, its format by --quantize.',
  },
  { typed: ['--num-fewshot'], tool: 'lm-eval', instead: 'Items are asked without examples before them.' },
  { typed: ['--gen-kwargs'], tool: 'lm-eval', instead: 'Sampling: --temperature T --max-tokens N.' },
  { typed: ['--apply-chat-template'], tool: 'lm-eval', instead: 'The chat template is always applied, once.' },
  { typed: ['--log-samples'], tool: 'lm-eval', instead: always },
];
