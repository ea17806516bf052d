/** The one list of commands: help, completion and docs/commands.md follow it. */

import { fileURLToPath } from 'node:url';
import { shellLine } from '../command-line/shell-line.ts';

export const repository = fileURLToPath(new URL('../../', import.meta.url));

export const groups = ['Begin', 'Measure', 'Talk', 'Read the results', 'Models and machine', 'This command'] as const;

export interface TokenlapCommand {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly group: (typeof groups)[number];
  /** One line. */
  readonly help: string;
  /** Relative to the repository; absent: the command itself. */
  readonly script?: string;
  /** The script is the framework's own where one is named first: 'benchmark' for scripts/<framework>-benchmark.ts. */
  readonly perFramework?: 'benchmark' | 'sweep';
  /** The command that is meant where no word but options follows. */
  readonly without?: string;
  /** Words that may follow. */
  readonly words?: readonly string[];
  /** An option that is set unless the person sets it. */
  readonly adds?: readonly [option: string, value: string];
}

export const commands: readonly TokenlapCommand[] = [
  {
    name: 'start',
    group: 'Begin',
    script: 'scripts/start.ts',
    help: 'the whole pipeline: answers, speed, report; a minute and a half',
  },
  {
    name: 'doctor',
    group: 'Begin',
    script: 'scripts/doctor.ts',
    help: 'what is here, what is missing, what will disturb measurements',
  },
  {
    name: 'benchmark',
    aliases: ['bench'],
    group: 'Measure',
    script: 'scripts/benchmark.ts',
    help: 'several frameworks on the same questions, compared',
  },
  {
    name: 'run',
    group: 'Measure',
    perFramework: 'benchmark',
    help: 'one run of one framework: npx tokenlap run FRAMEWORK',
  },
  {
    name: 'load',
    group: 'Measure',
    script: 'scripts/openai-benchmark.ts',
    perFramework: 'benchmark',
    adds: ['--load', 'ramp'],
    help: 'a server under load: throughput and latency by clients or rate',
  },
  {
    name: 'sweep',
    group: 'Measure',
    script: 'scripts/sweep.ts',
    perFramework: 'sweep',
    help: 'every combination in a sweep file, or every format of a framework',
  },
  {
    name: 'parity',
    group: 'Measure',
    script: 'scripts/parity.ts',
    help: 'whether frameworks compute the same as the reference',
  },
  { name: 'perplexity', group: 'Measure', script: 'scripts/perplexity.ts', help: 'perplexity of a text, by framework' },
  {
    name: 'accuracy',
    aliases: ['verifiers-sweep', 'eval'],
    group: 'Measure',
    script: 'scripts/verifiers-sweep.ts',
    help: 'right answers to tasks, by framework and format',
  },
  {
    name: 'pool',
    group: 'Measure',
    script: 'scripts/resource-pool-benchmark.ts',
    help: 'several models and requests at a time, memory, recovery',
  },
  {
    name: 'attribution',
    group: 'Measure',
    script: 'scripts/attribution.ts',
    help: 'milliseconds lost between kernels and HTTP',
  },
  {
    name: 'ci',
    aliases: ['ci-benchmark'],
    group: 'Measure',
    script: 'scripts/ci-benchmark.ts',
    help: 'a suite for two builds in turns: is this tree slower?',
  },
  { name: 'replay', group: 'Measure', script: 'scripts/replay.ts', help: 'a recorded run again: does it agree?' },
  { name: 'chat', group: 'Talk', script: 'scripts/chat.ts', help: 'talk to a model through any framework' },
  {
    name: 'serve',
    group: 'Talk',
    script: 'scripts/serve.ts',
    help: 'an OpenAI-compatible endpoint over any framework',
  },
  { name: 'collate', group: 'Read the results', script: 'collate/all.ts', help: 'raw logs into tables (CSV)' },
  {
    name: 'import',
    group: 'Read the results',
    script: 'collate/import.ts',
    help: 'results of other tools, under their own definitions',
  },
  {
    name: 'store',
    group: 'Read the results',
    script: 'collate/store.ts',
    help: 'all runs in one file that answers SQL: fill, query, export, merge',
  },
  {
    name: 'analyze',
    aliases: ['analyse'],
    group: 'Read the results',
    script: 'collate/analyze.ts',
    help: 'who is faster, of all runs in the tables',
  },
  {
    name: 'compare',
    group: 'Read the results',
    script: 'collate/compare.ts',
    without: 'analyze',
    help: 'two folders, commits, tags or sessions: what changed, and what else did; without them, analyze',
  },
  {
    name: 'compare-chart',
    group: 'Read the results',
    script: 'plots/comparison.ts',
    help: 'a comparison that was kept as JSON, as a picture',
  },
  {
    name: 'gate',
    group: 'Read the results',
    script: 'collate/gate.ts',
    help: 'the verdict on two builds again, from the tables',
  },
  {
    name: 'regressions',
    aliases: ['trend', 'trends'],
    group: 'Read the results',
    script: 'collate/regressions.ts',
    help: 'what changed over time, why that is told, and which build changed it',
  },
  {
    name: 'recommend',
    group: 'Read the results',
    script: 'collate/recommend.ts',
    help: 'what to run on which host, under limits; predictions of what was not measured',
  },
  {
    name: 'report',
    aliases: ['generate', 'plots'],
    group: 'Read the results',
    script: 'plots/generate.ts',
    help: 'charts and the report (HTML, PDF, Markdown)',
  },
  {
    name: 'presentation',
    aliases: ['slides'],
    group: 'Read the results',
    script: 'plots/presentation.ts',
    help: 'slides of the results, one message a page (PDF, Typst)',
  },
  {
    name: 'dashboard',
    group: 'Read the results',
    script: 'plots/dashboard.ts',
    help: 'one HTML file with every run, to filter, compare and export',
  },
  { name: 'chart', group: 'Read the results', script: 'plots/terminal.ts', help: 'decode rates, in the terminal' },
  {
    name: 'export',
    group: 'Read the results',
    script: 'collate/export.ts',
    help: 'results for other tools: pull requests, JUnit, JSON, OpenTelemetry, Prometheus, MLflow',
  },
  {
    name: 'models',
    aliases: ['model'],
    group: 'Models and machine',
    script: 'scripts/models.ts',
    help: 'list, fetch, synthesize, convert, quantize, inspect, verify',
  },
  {
    name: 'frameworks',
    aliases: ['framework'],
    group: 'Models and machine',
    script: 'scripts/frameworks.ts',
    help: 'which ones work here; install, remove, prune variants of them',
  },
  {
    name: 'hardware',
    group: 'Models and machine',
    script: 'scripts/hardware-benchmark.ts',
    help: 'what this machine can do at best',
  },
  {
    name: 'monitor',
    aliases: ['conditions'],
    group: 'Models and machine',
    script: 'scripts/monitor.ts',
    help: 'what the system monitor reads here: load, clocks, heat, energy',
  },
  {
    name: 'overhead',
    group: 'Models and machine',
    script: 'scripts/overhead.ts',
    help: 'self-checks: harness, bandwidth, quantize, quality',
  },
  {
    name: 'conformance',
    aliases: ['analyze-benchmarks'],
    group: 'Models and machine',
    script: 'scripts/analyze-benchmarks.ts',
    help: 'what the benchmark code has, what stands twice, what breaks the rules',
  },
  {
    name: 'completion',
    group: 'This command',
    words: ['bash', 'zsh', 'fish'],
    help: 'completion for bash, zsh or fish, to be sourced',
  },
  { name: 'version', group: 'This command', help: 'version, commit, Node' },
  { name: 'help', group: 'This command', help: 'this list; help COMMAND, help COMMAND --all' },
];

export function commandCalled(word: string): TokenlapCommand | undefined {
  return commands.find(({ name, aliases = [] }) => name === word || aliases.includes(word));
}

/** `npx tokenlap run llamacpp` for 'scripts/llamacpp-benchmark.ts'; undefined for a script of no command. */
export function commandOfScript(script: string): string | undefined {
  const own = commands.find((command) => command.script === script && command.adds === undefined);
  if (own !== undefined) return shellLine(['npx', 'tokenlap', own.name]);
  const [, framework, kind] = /^scripts\/(\w+)-(benchmark|sweep)\.ts$/.exec(script) ?? [];
  const measuring = commands.find(({ perFramework, adds }) => perFramework === kind && adds === undefined);
  if (framework === undefined || measuring === undefined) return undefined;
  return shellLine(['npx', 'tokenlap', measuring.name, framework]);
}
