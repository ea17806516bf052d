/** From logs to the answer, as a person gets it: two folders of made logs, of which one is slower and has another driver. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { comparisonSchema } from '../../../collate/comparing/comparison.ts';
import { collateAll } from '../../../collate/incremental/collate-all.ts';
import { scriptHere } from '../../fakes/script-here.ts';
import { outputFolder } from '../output-folder.ts';
import { header } from '../run-records.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

function compare(...args: string[]) {
  const script = join(repository, 'collate', 'compare.ts');
  const child = spawnSync(process.execPath, ['--import', 'tsx', script, ...args], {
    cwd: repository,
    encoding: 'utf8',
  });
  return { status: child.status, stdout: child.stdout, stderr: child.stderr };
}

const compareHere = (...args: string[]) => scriptHere('collate/compare.ts', args);

/** Gaps wander a little from run to run, in the same way on each side. */
async function folder({ gapMs = 10, driver = '550.1', runs = 8, first = 1 }) {
  const output = outputFolder();
  const { host } = header(1, 'llamacpp');
  const gpus = [{ name: 'GPU 1', memoryBytes: 8e9, driver }];
  for (let number = first; number < first + runs; number++) {
    const gap = gapMs * (1 + 0.002 * ((number * 7) % 5));
    const answers = (['cold', 'measured', 'measured'] as const).map((phase) => ({ phase, gapsMs: [gap, gap] }));
    output.log({ number, answers, header: { host: { ...host, gpus } } });
  }
  await collateAll({ output: output.path });
  return output.path;
}

test('a slower build is found and its driver named; its twin is not', { timeout: 120_000 }, async () => {
  const [before, after, twin] = [
    await folder({}),
    await folder({ gapMs: 11, driver: '555.2', first: 101 }),
    await folder({ first: 201 }),
  ];
  const markdown = join(after, 'comparison.md');
  const chart = join(after, 'comparison.svg');
  const found = compare(before, after, '--markdown', markdown, '--chart', chart);
  expect(found.status).toBe(0);
  const [sentence] = found.stdout.split('\n');
  expect(sentence).toContain('1 got worse (decode rate of llamacpp, tiny-llama f16, questions −9.1 %');
  expect(sentence).toMatch(/what else changed: driver 550\.1 → 555\.2\.$/);
  expect(found.stdout).toContain('npx tsx scripts/llamacpp-benchmark.ts');
  expect(readFileSync(markdown, 'utf8').split('\n')[0]).toMatch(/^\*\*From .* driver 550\.1 → 555\.2\.\*\*$/);
  expect(readFileSync(chart, 'utf8')).toContain('Decode rate');

  const json = await compareHere(before, twin, '--json', '--metric', 'decode,ttft');
  expect(json.stderr).toBe('');
  const report = comparisonSchema.parse(JSON.parse(json.stdout));
  expect(report.rows.map(({ metric, verdict }) => [metric, verdict])).toEqual([
    ['decode_tokens_per_s', 'unchanged'],
    ['ttft_ms', 'unchanged'],
  ]);
  expect(report.changed).toEqual([]);
});

test('what cannot be compared ends in a line with the next step', { timeout: 120_000 }, async () => {
  const before = await folder({ runs: 1 });
  expect((await compareHere(before)).stderr).toContain("missing required argument 'B'");
  expect(await compareHere(before, '/nowhere')).toMatchObject({ code: 3, stdout: '' });
  const wrong = await compareHere(before, before, '--metric', 'decod,speed');
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr).toContain('"speed" is no figure that is compared');
  const unmatched = await compareHere(before, before, '--where-a', 'framework=llamacpp', '--where-b', 'framework=onnx');
  expect(unmatched.stderr).toContain('framework is llamacpp');
  const picture = join(before, 'picture.bmp');
  const drawn = await compareHere(before, before, '--chart', picture);
  expect(drawn.stderr).toContain('is no picture that can be written');
  expect(existsSync(picture)).toBe(false);
});
