/** Settings of the tests that ask many requests at a time: of one server, or of several engines on one machine. */
import { z } from 'zod';
import { defaults } from './defaults.ts';
import { real, type Setting, whole } from './setting.ts';

const longestSeconds = 24 * 3600;

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
