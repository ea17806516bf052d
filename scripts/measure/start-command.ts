/** What `npm start` does. Collating and drawing are stages of their own and run as their own processes. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { exitCodes, oneLine, UserError } from '../command-line/errors.ts';
import { interruptSignal } from '../command-line/interrupt.ts';
import { defaultOutput, wholeNumber } from '../command-line/options.ts';
import { program } from '../command-line/program.ts';
import { progress } from '../command-line/progress.ts';
import { paint, table, warn } from '../command-line/terminal.ts';
import { frameworks } from '../frameworks/registry.ts';
import { describeHost } from '../hardware/host.ts';
import { coresAndMemory } from '../hardware/usable.ts';
import { modelRequestsOf } from './cells.ts';
import { keepNoiseFloor } from './certificate/noise-floor-file.ts';
import { compareCells } from './comparison.ts';
import { comparisonText } from './comparison-text.ts';
import { workingFrameworks } from './framework-choice.ts';
import { requireWritable } from './run-log.ts';
import { defaults } from './run-plan.ts';
import { hostnameOf, runSession } from './session.ts';
import { planText } from './session-plan.ts';
import { commandLine } from './single-run.ts';
import { fewestForVerdict } from './verdict.ts';

const repository = resolve(import.meta.dirname, '../..');

export async function startCommand(): Promise<void> {
  const options = program('start', 'The whole pipeline on the embedded model: measure, collate, draw, report.', [
    ['npm start', 'everything with its defaults'],
    ['npm start -- --iterations 12', 'more rounds: narrower intervals, smaller differences are found'],
  ])
    .option('--output <dir>', 'folder of results', defaultOutput)
    .option(
      '--iterations <n>',
      `rounds, with a run of each framework (default: up to ${defaults.start.iterations}, ${fewestForVerdict} at least, in about ${defaults.start.measuringSeconds} s)`,
      wholeNumber(1, 100),
    )
    .parse()
    .opts();
  requireWritable(options.output);
  const signal = interruptSignal();
  const print = (text: string) => process.stdout.write(`${text}\n`);

  const host = await describeHost(false);
  print(paint('bold', 'This machine'));
  print(`${host.cpuModel}, ${coresAndMemory(host)}, ${host.platform} ${host.release}`);
  const { working, missing } = await workingFrameworks(frameworks);
  print(`\n${paint('bold', 'Frameworks')}`);
  print(
    table(
      ['framework', ''],
      [
        ...working.map(({ title }) => [title, 'works']),
        ...missing.map(({ framework }) => [framework.title, 'missing']),
      ],
      'll',
    ),
  );
  for (const { framework, reason, remedy } of missing) print(`${framework.title}: ${reason}\n  next: ${remedy}`);
  if (working.length === 0) {
    throw new UserError('no framework works on this machine', {
      exitCode: exitCodes.missing,
      remedy: 'Install one of them as said above.',
    });
  }

  print(`\n${paint('bold', 'tsx scripts/hardware-benchmark.ts')}`);
  await runStage('scripts/hardware-benchmark.ts', options.output).catch((error: unknown) => {
    if (signal.aborted) throw error;
    warn(`${oneLine(error)}; without it there is no MBU and no MFU`);
  });

  const { quantizations, iterations, measuringSeconds } = defaults.start;
  print(`\n${paint('bold', 'Measuring')} the embedded model in ${quantizations.join(', ')}`);
  const line = progress('preparing');
  const session = await runSession(
    {
      frameworks: working,
      quantizations,
      modelRequest: modelRequestsOf({ size: defaults.start.size, seed: defaults.seed }),
      iterations: options.iterations ?? iterations,
      withinMs: options.iterations === undefined ? measuringSeconds * 1000 : undefined,
      onPlan: (plan) => {
        line.end();
        print(planText(plan, options.iterations === undefined));
      },
      seed: defaults.seed,
      warmup: 'auto',
      timeout: defaults.timeoutSeconds,
      output: options.output,
      anonymize: false,
      command: commandLine(),
      workload: 'qa',
      maxTokens: defaults.start.maxTokens,
      temperature: defaults.temperature,
      ignoreEos: false,
      ...defaults.kernel,
      embedBatch: defaults.embedding.batchTexts,
      threads: defaults.start.threads,
      device: defaults.device,
      gpuLayers: defaults.gpuLayers,
      batch: defaults.batchTokens,
      flashAttention: defaults.flashAttention,
      kvType: defaults.kvType,
      precision: defaults.precision,
      compile: false,
      deviceCount: defaults.deviceCount,
      shard: defaults.shard,
      parity: true,
      noiseFloor: false,
      retry: 0,
      conditions: true,
      parityQuestions: defaults.start.parityQuestions,
    },
    line,
    signal,
  ).finally(() => line.end());
  const comparison = compareCells(session.cells, 'decode', session.references, session);
  keepNoiseFloor(options.output, hostnameOf(session), comparison.noiseFloor);
  print(`\n${comparisonText(comparison)}`);
  if (session.interrupted) {
    process.exitCode = exitCodes.interrupted;
    return;
  }
  for (const stage of ['collate/all.ts', 'plots/generate.ts']) {
    print(`\n${paint('bold', `tsx ${stage}`)}`);
    await runStage(stage, options.output);
  }
  const report = resolve(options.output, 'report');
  print(`\n${paint('bold', 'Report')}`);
  for (const file of ['report.html', 'report.pdf', 'report.md']) print(`  ${pathToFileURL(join(report, file)).href}`);
}

async function runStage(script: string, output: string): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(repository, script), '--output', output],
    {
      stdio: 'inherit',
    },
  );
  const [code] = await once(child, 'exit');
  if (code === 0) return;
  throw new UserError(`tsx ${script} ended with exit code ${code}; the measurements are kept in ${output}`, {
    remedy: `Run it again by hand: tsx ${script} --output ${output}`,
  });
}
