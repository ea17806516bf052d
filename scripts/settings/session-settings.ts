/** Settings of comparisons and sweeps, and of where results go. */
import { z } from 'zod';
import { defaults } from './defaults.ts';
import { grouped, real, type Setting, whole } from './setting.ts';

/** Beyond it a timer of Node's goes off at once. */
const longestCellSeconds = 7 * 24 * 3600;

/** What is compared. */
export const choiceSettings = {
  frameworks: {
    flag: '--frameworks <list>',
    schema: z.string(),
    help: 'names separated by commas (default: auto, every one that works)',
  },
  iterations: {
    flag: '--iterations <n>',
    schema: whole(1, 1000),
    help: `rounds, with a run of each framework and format (default: what finds a difference of ${defaults.comparison.effect * 100} %)`,
    aliases: [{ tool: 'hyperfine', typed: ['--runs'] }],
  },
} as const satisfies Record<string, Setting>;

/** A comparison that goes on until its intervals are narrow. */
export const precisionSettings = {
  until: {
    flag: '--until <percent>',
    schema: z.string(),
    help: 'go on after --iterations until every 95 % interval of the rate is within this of it: 2%',
    essential: true,
  },
  untilMinutes: {
    flag: '--until-minutes <n>',
    schema: real(0.01),
    default: defaults.comparison.untilMinutes,
    help: 'longest time that --until may take',
    unit: 'min',
  },
} as const satisfies Record<string, Setting>;

/** The parity gate. */
export const paritySettings = {
  reference: {
    flag: '--reference <framework[:format]>',
    schema: z.string(),
    help: `what greedy answers and logits are compared with; format "same": that of each run (default: ${defaults.parity.reference}, of synthetic weights ${defaults.parity.syntheticReference})`,
  },
  parityQuestions: {
    flag: '--parity-questions <n>',
    schema: whole(1),
    help: `questions of the parity gate, evenly from the list (default: all for the embedded model, else ${defaults.parity.questions})`,
  },
} as const satisfies Record<string, Setting>;

/** The rest of a comparison. */
export const comparisonSettings = {
  parity: {
    flag: '--no-parity',
    schema: z.boolean(),
    default: true,
    help: 'do not compare the answers with a reference first',
  },
  noiseFloor: {
    flag: '--noise-floor',
    schema: z.boolean(),
    default: false,
    help: 'measure the first configuration twice (A/A) to estimate the noise floor',
  },
  retry: {
    flag: '--retry <n>',
    schema: whole(0, 100),
    default: 0,
    help: 'repeat a run that failed its quality checks, at most so many times',
  },
} as const satisfies Record<string, Setting>;

/** One call of a sweep. */
export const sweepSettings = {
  dryRun: {
    flag: '--dry-run',
    schema: z.boolean(),
    default: false,
    help: 'print what would be run, and what it would take, and run nothing',
  },
  maxAge: { flag: '--max-age <time>', schema: z.string(), help: 'run again what is older: 12h, 7d' },
  retryFailed: {
    flag: '--retry-failed',
    schema: z.boolean(),
    default: false,
    help: 'try cells again that failed in an earlier call',
  },
  cellTimeout: {
    flag: '--cell-timeout <seconds>',
    schema: real(0.1, longestCellSeconds),
    help: 'a cell that takes longer has failed',
    unit: 's',
  },
  force: {
    flag: '--force',
    schema: z.boolean(),
    default: false,
    help: 'run cells even if they do not seem to fit into memory',
  },
  parallel: {
    flag: '--parallel <n>',
    schema: whole(1, 64),
    default: 1,
    help: 'cells at a time, each on a device of its own; such runs are marked',
  },
  acceptDisturbance: {
    flag: '--accept-disturbance',
    schema: z.boolean(),
    default: false,
    help: 'let --parallel put several cells on one device; their speed is not ranked',
  },
} as const satisfies Record<string, Setting>;

/** Where results go. */
export const outputSettings = grouped('Output:', {
  output: {
    flag: '--output <dir>',
    schema: z.string(),
    default: defaults.output,
    help: 'folder of results',
    essential: true,
    aliases: [
      {
        tool: 'llama.cpp',
        typed: ['-o'],
        translate: (format) => (format === 'json' ? ['--json'] : /^(jsonl|csv|md|sql)$/.test(format) ? null : [format]),
        instead: 'The table is what is printed; --json prints JSON, and `npx tokenlap collate` makes CSV of all runs.',
      },
      { tool: 'lm-eval', typed: ['--output-path'] },
    ],
  },
  anonymize: {
    flag: '--anonymize',
    schema: z.boolean(),
    default: false,
    help: 'write stable hashes for host and user name',
  },
  tag: {
    flag: '--tag <text>',
    schema: z.string().min(1).max(100),
    help: 'a name that every log of this call gets, to compare by: npx tsx collate/compare.ts',
    column: 'tag',
  },
  json: {
    flag: '--json',
    schema: z.boolean(),
    default: false,
    help: 'print the result as JSON on standard output, and nothing else there',
    essential: true,
  },
});

export const sessionSettings = {
  ...choiceSettings,
  ...precisionSettings,
  ...paritySettings,
  ...comparisonSettings,
  ...sweepSettings,
  ...outputSettings,
};
