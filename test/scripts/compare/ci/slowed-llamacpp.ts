/**
 * The gate on a real engine: a copy of this tree in which llama.cpp's decode loop spins for a known share of its time must be found,
 * and a copy without the spin must not. Minutes, and a machine that is otherwise idle.
 *
 *     npx tsx test/scripts/compare/ci/slowed-llamacpp.ts
 *     npx tsx test/scripts/compare/ci/slowed-llamacpp.ts --share 0.2 --runs 8 --output slowed_results
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { realNumber, wholeNumber } from '../../../../scripts/command-line/options.ts';
import { program, run } from '../../../../scripts/command-line/program.ts';
import { print } from '../../../../scripts/command-line/terminal.ts';

const root = resolve(import.meta.dirname, '../../../..');
const loop = 'scripts/frameworks/llamacpp/decode-loop.ts';

/** One small model with random weights, so that nothing is downloaded. */
const suite = {
  name: 'slowed-llamacpp',
  framework: 'llamacpp',
  size: '15M',
  synthetic: true,
  quantize: 'q8_0',
  threads: 1,
  workload: 'qa',
  maxTokens: 64,
  ignoreEos: true,
  warmup: 1,
  minSeconds: 1,
};

const reportSchema = z.object({
  sentence: z.string(),
  rows: z.array(
    z.object({
      metric: z.string(),
      primary: z.boolean(),
      verdict: z.string(),
      ratio: z
        .object({ center: z.number(), interval: z.object({ low: z.number(), high: z.number() }).nullable() })
        .nullable(),
      p: z.number().nullable(),
      runs: z.object({ base: z.number(), head: z.number() }),
    }),
  ),
});

/** @param share of the time of a step that the slowed loop spins; 0: the twin */
function copyOfTree(folder: string, share: number): string {
  mkdirSync(folder);
  for (const name of ['scripts', 'collate', 'plots', 'configs', 'package.json', 'package-lock.json', 'tsconfig.json']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  if (share === 0) return folder;
  const path = join(folder, loop);
  const before = readFileSync(path, 'utf8');
  const after = before
    .replace(
      '        context.initBatch(1);\n',
      '        const stepMs = performance.now();\n        context.initBatch(1);\n',
    )
    .replace(
      '        await decoded;\n',
      `        await decoded;\n        const untilMs = stepMs + (performance.now() - stepMs) / (1 - ${share});\n        while (performance.now() < untilMs);\n`,
    );
  if (after.split('\n').length !== before.split('\n').length + 3)
    throw new Error(`${loop} has changed: correct the spin here`);
  writeFileSync(path, after);
  return folder;
}

await run(async () => {
  const { share, runs, output } = program(
    'slowed-llamacpp',
    'Whether the gate finds a slowed engine, and no change in its twin.',
    [['npx tsx test/scripts/compare/ci/slowed-llamacpp.ts --share 0.2', 'a spin of a fifth of the time']],
  )
    .option('--share <share>', 'share of the time of each decoded token that is spun away', realNumber(0.01, 0.9), 0.2)
    .option('--runs <n>', 'runs a side of the first stage', wholeNumber(4, 100), 8)
    .option('--output <dir>', 'folder for the results of both comparisons', 'slowed_results')
    .parse()
    .opts();
  const folder = mkdtempSync(join(tmpdir(), 'tokenlap-slowed-'));
  try {
    mkdirSync(output, { recursive: true });
    const suitePath = join(resolve(output), 'suite.json');
    writeFileSync(suitePath, JSON.stringify(suite));
    const judged = (name: string, spin: number) => {
      const tree = copyOfTree(join(folder, name), spin);
      const words = [
        '--suite',
        suitePath,
        '--output-dir',
        join(resolve(output), name),
        '--baseline',
        root,
        '--runs',
        String(runs),
      ];
      const { status, stdout } = spawnSync(
        process.execPath,
        ['--import', import.meta.resolve('tsx'), join(tree, 'scripts/ci-benchmark.ts'), ...words, '--json'],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 28 },
      );
      const { report } = z.object({ report: reportSchema }).parse(JSON.parse(stdout));
      print(
        `${name}: exit code ${status}, load ${loadavg()
          .map((load) => load.toFixed(1))
          .join(' ')}. ${report.sentence}`,
      );
      for (const { metric, primary, verdict, ratio, p, runs: made } of report.rows) {
        if (!primary) continue;
        const interval = ratio?.interval;
        print(
          `  ${metric}: ${verdict}, ${ratio?.center.toFixed(4)} [${interval?.low.toFixed(4)}, ${interval?.high.toFixed(4)}], p ${p?.toPrecision(2) ?? 'none'}, ${made.base} runs a side`,
        );
      }
      return { status, decode: report.rows.find(({ metric }) => metric === 'decode_tokens_per_s')?.verdict };
    };
    const slowed = judged('slowed', share);
    const twin = judged('twin', 0);
    const found = slowed.status === 1 && slowed.decode === 'regression';
    const quiet = twin.status === 0;
    print(
      `A spin of ${100 * share} % ${found ? 'was found' : 'was NOT found'}; its twin ${quiet ? 'raised no alarm' : 'raised an ALARM'}.`,
    );
    process.exitCode = found && quiet ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
