/** One run by a build: what its sweep.ts is given, and what is made of its end. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCellOnce } from '../../../../scripts/compare/ci/cell-run.ts';
import { cellOptionsSchema } from '../../../../scripts/compare/sweeps/cell.ts';
import { parseSweep } from '../../../../scripts/compare/sweeps/sweep-file.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';

const options = cellOptionsSchema.parse({ framework: 'llamacpp', size: 'tiny', quantize: 'q8_0', maxTokens: 16 });

/** A build whose sweep.ts is this program. */
function buildOf(program: string): { root: string } {
  const root = outputFolder();
  mkdirSync(join(root, 'scripts'));
  writeFileSync(join(root, 'package.json'), '{"type": "module"}');
  writeFileSync(join(root, 'scripts', 'sweep.ts'), program);
  return { root };
}

const never = new AbortController().signal;

function requestOf(program: string, output = outputFolder()) {
  return { build: buildOf(program), sweep: 'suite.base.0123.screen.4', options, iteration: 2, output };
}

const ending = (cells: unknown, code = 0) =>
  `console.log(JSON.stringify({ cells: ${JSON.stringify(cells)} })); process.exitCode = ${code};`;

it('gives the build a sweep of this one cell, up to this iteration, in the folder of all results', async () => {
  const output = outputFolder();
  const asked = join(output, 'asked.json');
  const program = `import { writeFileSync } from 'node:fs';
    writeFileSync(${JSON.stringify(asked)}, JSON.stringify(process.argv.slice(2)));
    ${ending([{ status: 'completed', reason: null }])}`;
  expect(await runCellOnce(requestOf(program, output), never)).toEqual({ kind: 'completed' });
  const [path = '', ...words] = JSON.parse(readFileSync(asked, 'utf8'));
  expect(words).toEqual(['--output', output, '--json']);
  const sweep = parseSweep(JSON.parse(readFileSync(path, 'utf8')), path);
  expect(sweep).toMatchObject({ name: 'suite.base.0123.screen.4', iterations: 3 });
  expect(sweep.axes).toMatchObject({ framework: ['llamacpp'], quantize: ['q8_0'], maxTokens: [16] });
});

it.each([
  [
    [
      { status: 'completed', reason: null },
      { status: 'failed', reason: 'it crashed' },
    ],
    1,
    { kind: 'failed', reason: 'failed: it crashed' },
  ],
  [[{ status: 'missing', reason: 'no llama.cpp' }], 3, { kind: 'out', reason: 'missing: no llama.cpp' }],
  [[], 0, { kind: 'out', reason: 'it ended without a result' }],
])('takes the last cell of %j with exit code %i as %j', async (cells, code, run) => {
  expect(await runCellOnce(requestOf(ending(cells, code)), never)).toEqual(run);
});

it('says why a build that does not know an option has no result', async () => {
  const program = `console.error('warning: old'); console.error('error: unknown key "maxTokens"'); console.error('next:  Known keys: x.'); process.exitCode = 2;`;
  expect(await runCellOnce(requestOf(program), never)).toEqual({ kind: 'out', reason: 'unknown key "maxTokens"' });
});

it('stops the build when it is interrupted', async () => {
  const stop = new AbortController();
  const program = `setTimeout(() => {}, 60_000); process.on('SIGINT', () => process.exit(130)); console.error('ready');`;
  setTimeout(() => stop.abort(), 3000);
  expect(await runCellOnce(requestOf(program), stop.signal)).toEqual({ kind: 'interrupted' });
}, 30_000);
