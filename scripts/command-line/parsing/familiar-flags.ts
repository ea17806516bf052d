/**
 * Flags that people bring from other tools, and what they are called here. Where the meaning is the same they are taken as
 * ours; where it is not, they are answered with what to type instead. docs/commands.md shows this list.
 */

/** The tools that a flag is known from. */
type Tool = 'llama.cpp' | 'hyperfine' | 'vLLM' | 'lm-eval';

export interface FamiliarFlag {
  readonly typed: readonly string[];
  readonly tool: Tool;
  /** Our names of it; the first one that the command has is meant. */
  readonly means: readonly string[];
  /** Whether a value follows; `perhaps`: `bare` is meant where none does. */
  readonly value?: 'always' | 'never' | 'perhaps';
  readonly bare?: string;
  /** The value in our words; several words are further options. Null: not to be said here, see `instead`. */
  readonly translate?: (value: string) => readonly string[] | null;
  /** Set with it, unless the person has set that option. */
  readonly adds?: readonly [option: string, value: string];
  readonly note?: string;
  readonly instead?: string;
}

/** What has another meaning here, or none. */
export interface PointedFlag {
  readonly typed: readonly string[];
  readonly tool: Tool;
  readonly instead: string;
}

const kernel = ['--workload', 'kernel'] as const;
const oneKvFormat = 'Keys and values have one format here: --kv-type FORMAT.';

const words =
  (table: Readonly<Record<string, string>>) =>
  (value: string): readonly string[] => [table[value.toLowerCase()] ?? value];

export const familiarFlags: readonly FamiliarFlag[] = [
  { typed: ['-m'], tool: 'llama.cpp', means: ['--model'] },
  { typed: ['-hf', '-hfr', '--hf-repo'], tool: 'llama.cpp', means: ['--model'], translate: repositoryWords },
  {
    typed: ['-ngl', '--n-gpu-layers'],
    tool: 'llama.cpp',
    means: ['--gpu-layers'],
    translate: words({ all: 'max', '-1': 'auto' }),
  },
  { typed: ['-t'], tool: 'llama.cpp', means: ['--threads'] },
  { typed: ['-c', '--ctx-size'], tool: 'llama.cpp', means: ['--context'] },
  { typed: ['-b', '--batch-size'], tool: 'llama.cpp', means: ['--batch'] },
  {
    typed: ['-fa', '--flash-attn'],
    tool: 'llama.cpp',
    means: ['--flash-attention'],
    value: 'perhaps',
    bare: 'on',
    translate: words({ 0: 'off', 1: 'on' }),
  },
  {
    typed: ['-ctk', '--cache-type-k', '-ctv', '--cache-type-v'],
    tool: 'llama.cpp',
    means: ['--kv-type'],
    note: 'keys and values have one format here, so --kv-type sets both',
    instead: oneKvFormat,
  },
  { typed: ['-p'], tool: 'llama.cpp', means: ['--prompt'] },
  { typed: ['-p'], tool: 'llama.cpp', means: ['--n-prompt'], adds: kernel },
  { typed: ['-n'], tool: 'llama.cpp', means: ['--n-gen'], adds: kernel },
  { typed: ['-n', '--n-predict', '--predict'], tool: 'llama.cpp', means: ['--max-tokens'] },
  { typed: ['-d', '--n-depth'], tool: 'llama.cpp', means: ['--depth'], adds: kernel },
  { typed: ['-r'], tool: 'llama.cpp', means: ['--repetitions'], adds: kernel },
  { typed: ['-s'], tool: 'llama.cpp', means: ['--seed'] },
  { typed: ['--temp'], tool: 'llama.cpp', means: ['--temperature'] },
  { typed: ['-dev'], tool: 'llama.cpp', means: ['--device'] },
  { typed: ['-sys', '--system-prompt'], tool: 'llama.cpp', means: ['--system'] },
  { typed: ['-np'], tool: 'llama.cpp', means: ['--sequences'] },
  { typed: ['-a', '--alias'], tool: 'llama.cpp', means: ['--model-name'] },
  { typed: ['--no-warmup'], tool: 'llama.cpp', means: ['--warmup'], value: 'never', bare: '0' },
  {
    typed: ['-o'],
    tool: 'llama.cpp',
    means: ['--output'],
    translate: (format) => (format === 'json' ? ['--json'] : /^(jsonl|csv|md|sql)$/.test(format) ? null : [format]),
    instead: 'The table is what is printed; --json prints JSON, and `npx tokenlap collate` makes CSV of all runs.',
  },

  { typed: ['--runs'], tool: 'hyperfine', means: ['--iterations'] },
  { typed: ['-w'], tool: 'hyperfine', means: ['--warmup'] },

  { typed: ['--max-model-len'], tool: 'vLLM', means: ['--context'] },
  {
    typed: ['--tensor-parallel-size', '-tp'],
    tool: 'vLLM',
    means: ['--device-count'],
    translate: (n) => (n === '1' ? [n] : [n, '--shard', 'heads']),
  },
  {
    typed: ['--pipeline-parallel-size', '-pp'],
    tool: 'vLLM',
    means: ['--device-count'],
    translate: (n) => (n === '1' ? [n] : [n, '--shard', 'layers']),
  },
  {
    typed: ['--dtype'],
    tool: 'vLLM',
    means: ['--precision'],
    translate: words({ half: 'float16', float: 'float32' }),
  },
  { typed: ['--kv-cache-dtype'], tool: 'vLLM', means: ['--kv-type'] },
  { typed: ['--quantization', '-q'], tool: 'vLLM', means: ['--quantize'] },
  { typed: ['--served-model-name'], tool: 'vLLM', means: ['--model-name'] },
  { typed: ['--max-num-seqs'], tool: 'vLLM', means: ['--sequences'] },
  { typed: ['--base-url'], tool: 'vLLM', means: ['--url'] },
  {
    typed: ['--request-rate'],
    tool: 'vLLM',
    means: ['--load'],
    translate: (rate) => (rate === 'inf' ? null : [`poisson=${rate}`]),
    instead: 'Say how many at a time, --load concurrency=N, or raise them until nothing is gained: --load ramp.',
  },
  {
    typed: ['--max-concurrency'],
    tool: 'vLLM',
    means: ['--load'],
    translate: (n) => [`concurrency=${n}`],
    instead: 'A load is a rate or a number of clients, not both: --load poisson=R or --load concurrency=N.',
  },

  { typed: ['--limit'], tool: 'lm-eval', means: ['--items'] },
  { typed: ['--output-path'], tool: 'lm-eval', means: ['--output'] },
];

const recorded = 'The engine decides it here, and the log says what it decided where the engine tells.';
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

/** `owner/name-GGUF:Q4_K_M`. */
function repositoryWords(text: string): readonly string[] {
  const [repository = '', format] = text.split(':');
  return format === undefined ? [repository] : [repository, '--quantize', format];
}
