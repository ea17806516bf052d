/** Settings of what is measured: sampling, and each workload's own. */
import { z } from 'zod';
import { defaults, namedWorkloads } from './defaults.ts';
import { grouped, real, type Setting, whole } from './setting.ts';

const longestSeconds = 24 * 3600;

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

/** A load test: many requests at a time. */
export const loadSettings = {
  load: {
    flag: '--load <shape>',
    schema: z.string(),
    help: 'many requests at a time: single, concurrency=N, rate=R and poisson=R (requests/s), ramp or ramp=N (1, 2, 4, ... clients until throughput stops rising)',
    column: 'load',
    aliases: [
      {
        tool: 'vLLM',
        typed: ['--request-rate'],
        translate: (rate) => (rate === 'inf' ? null : [`poisson=${rate}`]),
        instead: 'Say how many at a time, --load concurrency=N, or raise them until nothing is gained: --load ramp.',
      },
      {
        tool: 'vLLM',
        typed: ['--max-concurrency'],
        translate: (clients) => [`concurrency=${clients}`],
        instead: 'A load is a rate or a number of clients, not both: --load poisson=R or --load concurrency=N.',
      },
    ],
  },
  loadSeconds: {
    flag: '--load-seconds <s>',
    schema: real(0.1, longestSeconds),
    default: defaults.load.seconds,
    help: 'load: how long a stage sends requests',
    unit: 's',
    column: 'load_seconds',
  },
  loadWarmUp: {
    flag: '--load-warmup <n>',
    schema: whole(0, 10_000),
    default: defaults.load.warmUpRequests,
    help: 'load: warm-up requests, which are not counted',
  },
  requestTimeoutSeconds: {
    flag: '--request-timeout <s>',
    schema: real(0.1, longestSeconds),
    default: defaults.load.requestTimeoutSeconds,
    help: 'load: a request that takes longer has failed',
    unit: 's',
    column: 'request_timeout_s',
  },
  slo: {
    flag: '--slo <limits>',
    schema: z.string(),
    help: 'load: limits that an answer must keep to count as goodput, milliseconds: ttft=500,tpot=50,e2e=5000',
    unit: 'ms',
  },
} as const satisfies Record<string, Setting>;

/** The resource pool test. */
export const poolSettings = {
  engines: {
    flag: '--engines <n>',
    schema: whole(0, 64),
    help: 'engine processes: levels 1, 2, 4, ... up to this; 0: none',
  },
  sequences: {
    flag: '--sequences <n>',
    schema: whole(0, 64),
    help: 'sequences of one engine, where the framework supports them: levels 1, 2, 4, ... up to this; 0: none',
    aliases: [
      { tool: 'llama.cpp', typed: ['-np'] },
      { tool: 'vLLM', typed: ['--max-num-seqs'] },
    ],
  },
  models: {
    flag: '--models <list>',
    schema: z.string(),
    help: 'different models at once, as size:format: each alone, then all together',
  },
  faults: {
    flag: '--faults <list>',
    schema: z.string(),
    help: 'faults to inject, or none (default: all)',
  },
  cycles: {
    flag: '--cycles <n>',
    schema: whole(0),
    default: 6,
    help: 'how often the model is loaded and unloaded in one process; 0: not at all',
  },
  secondsPerLevel: {
    flag: '--seconds <n>',
    schema: whole(1, 3600),
    default: 5,
    help: 'how long clients ask at each level',
    unit: 's',
    decidesIn: ['concurrency'],
    axis: 'seconds',
    axisHelp: 'concurrency: how long clients ask',
  },
  retries: {
    flag: '--retries <n>',
    schema: whole(0, 100),
    default: 1,
    help: 'how often a client repeats a request that failed because of a fault',
  },
} as const satisfies Record<string, Setting>;

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
