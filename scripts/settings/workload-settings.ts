/** Settings of what is measured: sampling, and each workload's own. */
import { z } from 'zod';
import { defaults, namedWorkloads } from './defaults.ts';
import { loadSettings, poolSettings } from './load-settings.ts';
import { grouped, real, type Setting, whole } from './setting.ts';

/** llama-bench's flags choose its workload. */
const kernelWorkload = ['--workload', 'kernel'] as const;

/** How answers are generated. */
export const samplingSettings = grouped('Workload:', {
  temperature: {
    flag: '--temperature <t>',
    schema: real(0),
    default: defaults.temperature,
    help: 'sampling temperature; 0 is greedy',
    decidesIn: ['qa'],
    axis: 'temperature',
    column: 'temperature',
    aliases: [{ tool: 'llama.cpp', typed: ['--temp'] }],
  },
  maxTokens: {
    flag: '--max-tokens <n>',
    schema: whole(1),
    default: defaults.maxTokens,
    help: 'most tokens per answer',
    unit: 'tokens',
    essential: true,
    decidesIn: ['qa', 'concurrency'],
    axis: 'maxTokens',
    column: 'max_tokens',
    aliases: [{ tool: 'llama.cpp', typed: ['-n', '--n-predict', '--predict'] }],
  },
});

/** What is measured, and how much of it. */
export const measuringSettings = grouped('Workload:', {
  workload: {
    flag: '--workload <name>',
    schema: z.enum(namedWorkloads),
    default: 'qa',
    help: 'qa (questions, end to end), kernel (llama-bench: pp and tg) or embedding (a vector for each question)',
    essential: true,
    decidesIn: ['qa', 'kernel', 'embedding'],
    axis: 'workload',
    column: 'workload',
  },
  questions: {
    flag: '--questions <file>',
    schema: z.string(),
    help: 'question file (default: configs/questions.json)',
    decidesIn: ['qa', 'embedding', 'concurrency'],
    axis: 'questions',
  },
  warmUp: {
    flag: '--warmup <n>',
    schema: z.union([z.enum(['auto']), whole(0)]),
    default: 'auto',
    help: 'warm-up answers; auto: until no trend is left',
    decidesIn: ['qa', 'kernel', 'embedding'],
    axis: 'warmup',
    aliases: [
      { tool: 'llama.cpp', typed: ['--no-warmup'], value: 'never', bare: '0' },
      { tool: 'hyperfine', typed: ['-w'] },
    ],
  },
  minSeconds: {
    flag: '--min-seconds <s>',
    schema: real(0),
    help: `measured decoding of a run: rounds of the questions follow until it is reached (default: ${defaults.minSeconds})`,
    unit: 's',
    decidesIn: ['qa', 'embedding'],
    axis: 'minSeconds',
  },
  conditions: {
    flag: '--no-monitor',
    schema: z.boolean(),
    default: true,
    help: 'no system monitor: no run-quality checks, no energy',
    aliases: [{ tool: 'Tokenlap', typed: ['--no-conditions'], value: 'never' }],
  },
  profile: {
    flag: '--profile',
    schema: z.boolean(),
    default: false,
    help: 'afterwards, where the time of a token goes: layer by layer and operator by operator, where the engine can time them',
  },
  ignoreEndOfSequence: {
    flag: '--ignore-eos',
    schema: z.boolean(),
    default: false,
    help: 'do not stop at the end-of-sequence token: generate exactly --max-tokens tokens',
    decidesIn: ['qa'],
    axis: 'ignoreEos',
  },
  batchTexts: {
    flag: '--embed-batch <texts>',
    schema: whole(1),
    default: defaults.embedding.batchTexts,
    help: 'embedding: texts per batch',
    unit: 'texts',
    decidesIn: ['embedding'],
    axis: 'embedBatch',
  },
  nPrompt: {
    flag: '--n-prompt <tokens>',
    schema: whole(1),
    default: defaults.kernel.nPrompt,
    help: 'kernel: tokens of the pp test',
    unit: 'tokens',
    decidesIn: ['kernel'],
    axis: 'nPrompt',
    aliases: [{ tool: 'llama.cpp', typed: ['-p'], adds: kernelWorkload }],
  },
  nGen: {
    flag: '--n-gen <tokens>',
    schema: whole(1),
    default: defaults.kernel.nGen,
    help: 'kernel: tokens of the tg test',
    unit: 'tokens',
    decidesIn: ['kernel'],
    axis: 'nGen',
    aliases: [{ tool: 'llama.cpp', typed: ['-n'], adds: kernelWorkload }],
  },
  depth: {
    flag: '--depth <tokens>',
    schema: whole(0),
    default: defaults.kernel.depth,
    help: 'kernel: tokens in the KV cache beforehand',
    unit: 'tokens',
    decidesIn: ['kernel'],
    axis: 'depth',
    aliases: [{ tool: 'llama.cpp', typed: ['-d', '--n-depth'], adds: kernelWorkload }],
  },
  repetitions: {
    flag: '--repetitions <n>',
    schema: whole(1),
    default: defaults.kernel.repetitions,
    help: 'kernel: measured repetitions of each test',
    decidesIn: ['kernel'],
    axis: 'repetitions',
    aliases: [{ tool: 'llama.cpp', typed: ['-r'], adds: kernelWorkload }],
  },
});

/** The text that is scored, and how it is cut. */
export const likelihoodSettings = {
  text: {
    flag: '--text <file>',
    schema: z.string(),
    help: 'text to score, UTF-8 (default: configs/texts/english.txt)',
  },
  chunkTokens: {
    flag: '--chunk <tokens>',
    // In a shorter chunk hardly anything is scored.
    schema: whole(16),
    help: `tokens of a chunk, the context of llama-perplexity (default: ${defaults.perplexity.chunkTokens}, or the model's context if that is shorter)`,
    unit: 'tokens',
  },
  chunks: {
    flag: '--chunks <n>',
    schema: whole(1),
    help: 'score at most this many chunks (default: all of the text)',
  },
} as const satisfies Record<string, Setting>;

/** Tasks that are judged item by item. */
export const accuracySettings = {
  tasks: {
    flag: '--tasks <list>',
    schema: z.string(),
    help: 'tasks separated by commas (default: all; with --data none beside it)',
  },
  items: {
    flag: '--items <n>',
    schema: whole(1, 1_000_000),
    default: defaults.accuracy.items,
    help: 'items of each task, at most',
    aliases: [{ tool: 'lm-eval', typed: ['--limit'] }],
  },
  fresh: {
    flag: '--fresh',
    schema: z.boolean(),
    default: false,
    help: 'ask again what an earlier run in the folder of results has finished',
  },
} as const satisfies Record<string, Setting>;

/** The extent of a single run. */
export const extentSettings = {
  rounds: {
    flag: '--iterations <n>',
    schema: whole(1, 1000),
    help: `rounds of the question list, so many and no more (default: ${defaults.iterations}, and on to --min-seconds)`,
  },
  firstRound: {
    flag: '--first-round <n>',
    schema: whole(0),
    default: 0,
    help: 'start at this question order, to reproduce one run of a comparison',
  },
} as const satisfies Record<string, Setting>;

export const workloadSettings = {
  ...samplingSettings,
  ...measuringSettings,
  ...extentSettings,
  ...loadSettings,
  ...poolSettings,
  ...likelihoodSettings,
  ...accuracySettings,
};
