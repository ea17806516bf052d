/** `overhead.ts harness`: Tokenlap's engine compared with the framework's own benchmark on the same files, in turns. */
import { exitCodes, usageError } from '../command-line/errors.ts';
import { significant } from '../command-line/format.ts';
import { interruptSignal } from '../command-line/interrupt.ts';
import { commaList, wholeNumber } from '../command-line/options.ts';
import { program } from '../command-line/program.ts';
import type { Progress } from '../command-line/progress.ts';
import { print, printJson, table } from '../command-line/terminal.ts';
import { interpreterFor, pythonEnvironment } from '../engine/python-interpreter.ts';
import type { Framework } from '../frameworks/framework.ts';
import type { BenchmarkTests, DecodeRates, OwnBenchmark, PreparedBenchmark } from '../frameworks/own-benchmark.ts';
import { frameworks } from '../frameworks/registry.ts';
import { modelRequestOf } from '../models/model-options.ts';
import { modelProgress } from '../models/model-progress.ts';
import { type CommandWork, engineSettings, withWork } from '../run/prepare.ts';
import { frameworkWord, oneFrameworkNamed, withEngineOptions, withFrameworkOptions } from '../run/run-options.ts';
import { median } from '../statistics/statistics.ts';
import { startEngineContender, testsFor } from './engine-contender.ts';
import { type Comparison, compareTurns, measureTurns, ratioText } from './turns.ts';

interface HarnessResult extends BenchmarkTests {
  shape: string;
  threads: number;
  comparisons: Comparison[];
  /** Tokens per second inside the framework's process; null where the host cannot be left out. */
  host: { bare: number; hosted: number; ratio: number } | null;
  /** Null where nothing decodes by hand in the same process. */
  decode: DecodeRates | null;
}

function harnessOptions() {
  const command = program('harness', "Tokenlap's engine compared with the framework's own benchmark, in turns.", [
    ['npx tsx scripts/overhead.ts harness --framework llamacpp --build', 'builds llama-bench first if it is missing'],
    ['npx tsx scripts/overhead.ts harness --framework llamacpp --shapes 1B:q4_0 --starts 5', 'one shape, more starts'],
    ['npx tsx scripts/overhead.ts harness --framework onnx --shapes 135M:q4_0', 'loops written by hand, same graph'],
    ['npx tsx scripts/overhead.ts harness --framework tinygrad --python-path ~/tinygrad', 'a source checkout'],
  ])
    .requiredOption('--framework <name>', 'framework to check', frameworkWord)
    .option('--program <path>', "program of the framework's own benchmark (default: as found on this machine)")
    .option('--build', 'build that program if it is not found', false)
    .option('--shapes <list>', 'synthetic models, size:quantisation (default: by framework)', commaList)
    .option('--thread-counts <list>', 'threads to measure with (default: by framework)', commaList)
    .option('--starts <n>', 'how often all processes start anew (default: by framework)', wholeNumber(1, 100))
    .option('--rounds <n>', 'turns of each process within a start (default: by framework)', wholeNumber(1, 100))
    .option('--n-prompt <tokens>', 'tokens of the prompt (default: by framework or model)', wholeNumber(1))
    .option('--n-gen <tokens>', 'tokens of the generation (default: by framework or model)', wholeNumber(8))
    .option('--json', 'print JSON', false);
  return withFrameworkOptions(withEngineOptions(command));
}

type Options = ReturnType<ReturnType<typeof harnessOptions>['opts']>;

export function harnessCommand() {
  return harnessOptions().action(async (options) => {
    const onWork = async ({ line, signal, resolve }: CommandWork) => {
      const framework = await oneFrameworkNamed(options.framework, options);
      const benchmark = await ownBenchmarkOf(framework);
      const results = await measureShapes(framework, benchmark, options, line, signal, resolve);
      line.end();
      if (signal.aborted) process.exitCode = exitCodes.interrupted;
      if (options.json) printJson(results);
      else print(textOf(results, signal.aborted));
    };
    await withWork('preparing', onWork, interruptSignal('Stopping; completed starts are reported.'));
  });
}

/** @throws UserError naming the frameworks that have one */
async function ownBenchmarkOf(framework: Framework): Promise<OwnBenchmark> {
  const own = await framework.ownBenchmark?.();
  if (own !== undefined) return own;
  const having = frameworks.filter(({ ownBenchmark }) => ownBenchmark !== undefined);
  throw usageError(
    `${framework.title} has no benchmark of its own to compare with`,
    `Frameworks that have one: ${having.map(({ name }) => name).join(', ')}.`,
  );
}

async function measureShapes(
  framework: Framework,
  benchmark: OwnBenchmark,
  options: Options,
  line: Progress,
  signal: AbortSignal,
  resolve: CommandWork['resolve'],
): Promise<HarnessResult[]> {
  const { defaults } = benchmark;
  const { program: path, build, seed } = options;
  const report = modelProgress(line);
  const python = async () => {
    if (framework.host !== 'python') throw new Error(`${framework.title} does not run in Python`);
    return { path: (await interpreterFor(framework)).path, environment: pythonEnvironment() };
  };
  const prepared = await benchmark.prepare({ program: path, build, progress: report, signal, python });
  const plan = { starts: options.starts ?? defaults.starts, rounds: options.rounds ?? defaults.rounds, seed };
  const results: HarnessResult[] = [];
  for (const shape of options.shapes ?? defaults.shapes) {
    const [size, quantize = 'q8_0'] = shape.split(':');
    const model = await resolve(
      modelRequestOf({ size, quantize, synthetic: true, offline: true }, { seed, formats: [] }),
    );
    const { nPrompt, nGen } = { ...(defaults.tests ?? testsFor(model.record.parameters)), ...given(options) };
    const threadCounts = options.threadCounts?.map(wholeNumber(1)) ?? defaults.threadCounts ?? [options.threads];
    for (const threads of threadCounts) {
      if (signal.aborted) return results;
      const asked = { ...options, threads, device: 'cpu' };
      const settings = { ...(await engineSettings(asked, framework, model)), ...benchmark.settings };
      const prompt = Array.from({ length: nPrompt }, (_, i) => i);
      const environment = framework.environment?.(settings) ?? {};
      const subject = { modelPath: model.path, settings, environment, nPrompt, nGen, prompt };
      const { starters, build: builds } = await prepared.references(subject);
      const engines = benchmark.engines ?? { tokenlap: {} };
      const contenders = {
        ...starters,
        ...Object.fromEntries(
          Object.entries(engines).map(([name, own]) => {
            const engine = { ...framework, given: { ...framework.given, ...own } };
            const under = { ...subject, framework: engine, timeoutMs: options.timeoutSeconds * 1000 };
            return [name, () => startEngineContender(under, benchmark, builds)] as const;
          }),
        ),
      };
      const onRound = (round: number) =>
        line.stage(`${shape}, ${settings.threads} threads: round ${round + 1} of ${plan.starts * plan.rounds}`);
      const rates = await measureTurns(Object.values(contenders), plan, onRound, signal);
      if (rates.every((starts) => starts.length === 0)) continue;
      const names = Object.keys(contenders);
      const comparisons = compareTurns(Object.fromEntries(rates.map((own, i) => [names[i] ?? '', own])));
      const host = signal.aborted ? null : await hostRates(prepared, subject, plan.starts * plan.rounds, line, shape);
      const decode = signal.aborted
        ? null
        : await decodeRates(prepared, subject, plan.starts * plan.rounds, line, shape);
      results.push({ shape, threads: settings.threads, nPrompt, nGen, comparisons, host, decode });
    }
  }
  return results;
}

function given({ nPrompt, nGen }: Options): Partial<BenchmarkTests> {
  return { ...(nPrompt === undefined ? {} : { nPrompt }), ...(nGen === undefined ? {} : { nGen }) };
}

async function hostRates(
  { hostRates: measure }: PreparedBenchmark,
  subject: Parameters<NonNullable<PreparedBenchmark['hostRates']>>[0],
  repetitions: number,
  line: Progress,
  shape: string,
): Promise<HarnessResult['host']> {
  if (measure === undefined) return null;
  line.stage(`${shape}: with the host and without`);
  const rates = await measure(subject, repetitions);
  return { ...rates, ratio: rates.hosted / rates.bare };
}

async function decodeRates(
  { decodeRates: measure }: PreparedBenchmark,
  subject: Parameters<NonNullable<PreparedBenchmark['decodeRates']>>[0],
  repetitions: number,
  line: Progress,
  shape: string,
): Promise<DecodeRates | null> {
  if (measure === undefined) return null;
  line.stage(`${shape}: decoding in turns`);
  return await measure(subject, repetitions);
}

function textOf(results: readonly HarnessResult[], interrupted: boolean): string {
  const [first] = results.flatMap(({ comparisons }) => comparisons);
  if (first === undefined) return interrupted ? 'Interrupted before the first start was complete.' : 'No results.';
  const rows = results.flatMap(({ shape, threads, nPrompt, nGen, comparisons }) =>
    comparisons.map(({ test, reference, others }) => [
      shape,
      String(threads),
      `${test} ${test === 'pp' ? nPrompt : nGen}`,
      significant(reference.rate),
      ...others.map(ratioText),
    ]),
  );
  const columns = ['shape', 'threads', 'test', first.reference.name, ...first.others.map(({ name }) => name)];
  const hosts = results.flatMap(({ shape, host }) =>
    host === null ? [] : [[shape, ...[host.bare, host.hosted, host.ratio].map((value) => significant(value))]],
  );
  const decodes = results.flatMap(({ shape, threads, decode }) =>
    decode === null ? [] : [[shape, String(threads), ...decodeCells(decode)]],
  );
  return [
    `${interrupted ? 'Interrupted. ' : ''}Medians, tokens/s; behind the first column each ratio to it, with its 95 % interval over starts`,
    table(columns, rows),
    ...(hosts.length === 0
      ? []
      : ['Generation inside one process, tokens/s', table(['shape', 'bare loop', 'through the host', 'ratio'], hosts)]),
    ...(decodes.length === 0
      ? []
      : [
          'Decoding in turns inside one process, medians; MBU: bytes of weights per token × tokens/s / bandwidth of the memory',
          table(['shape', 'threads', 'by hand', 'tokenlap', 'ratio', 'GB/s', 'MBU by hand', 'MBU tokenlap'], decodes),
        ]),
  ].join('\n\n');
}

function decodeCells({ byHand, engine, ratio, bandwidth, mbu }: DecodeRates): string[] {
  const rates = [median(byHand), median(engine), ratio, bandwidth / 1e9, mbu.byHand, mbu.engine];
  return rates.map((value) => significant(value));
}
