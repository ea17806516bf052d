/** What becomes of standard output and of a terminal, whatever a log says and wherever the output goes. */

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { printable, printableOnTerminal } from '../../../scripts/command-line/printable-text.ts';
import { linesOf, logRecords } from '../../collate/log-factory.ts';
import { hostileTexts } from '../../fakes/hostile-text.ts';
import { outputFolder } from '../../fakes/output-folder.ts';
import { script } from '../../fakes/script.ts';
import { skipped } from '../../fakes/skipped.ts';

const repository = resolve(import.meta.dirname, '../../..');

test.each<[text: string, shown: string]>([
  ['a\tb\nc\r\nd', 'a\tb\nc\nd'],
  ['\u001b[2J', '\\u001b[2J'],
  ['\u009b31m\u007f', '\\u009b31m\\u007f'],
  ['abc\u202edef', 'abc\\u202edef'],
  ['\ud800', '\\ud800'],
  ['日本 🎉 é', '日本 🎉 é'],
])('%j is shown as %j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('JSON that was made printable is the same value, and styles of our own stay on a terminal', () => {
  expect(JSON.parse(printable(JSON.stringify(hostileTexts, null, 2)))).toEqual(hostileTexts);
  expect(printableOnTerminal('\u001b[31mred\u001b[39m \u001b[8mhidden\u001b[2J')).toBe(
    '\u001b[31mred\u001b[39m \\u001b[8mhidden\\u001b[2J',
  );
});

test('no command prints what a log has in it as commands of the terminal', async () => {
  const output = join(outputFolder(), 'results');
  for (const [number, text] of hostileTexts.entries()) {
    const records = logRecords({ number, end: number % 3 === 0 ? { status: 'failed', error: { message: text } } : {} });
    const [header, ...others] = records;
    if (header?.type !== 'header') throw new Error('no header');
    const named = {
      ...header,
      host: { ...header.host, hostname: text },
      model: { ...header.model, name: text },
      framework: { ...header.framework, title: text, name: number % 5 === 0 ? text : 'llamacpp' },
    };
    mkdirSync(join(output, 'raw'), { recursive: true });
    writeFileSync(join(output, 'raw', `${number}\u001b[2J.txt`), linesOf([named, ...others]));
  }
  for (const [path, ...args] of [
    ['collate/all.ts'],
    ['collate/all.ts', '--json'],
    ['collate/analyze.ts'],
    ['plots/terminal.ts'],
    ['scripts/replay.ts', join(output, 'raw', readdirSync(join(output, 'raw'))[0] ?? ''), '--dry-run'],
    ['collate/analyze.ts', '--reference', '\u001b[2J'],
  ]) {
    const { stdout, stderr } = await script(
      path ?? '',
      path === 'scripts/replay.ts' ? args : [...args, '--output', output],
    );
    expect(printable(stdout), path).toBe(stdout);
    expect(printable(stderr), path).toBe(stderr);
  }
}, 120_000);

const commands: ReadonlyArray<readonly string[]> = [
  ['scripts/models.ts', 'list'],
  ['scripts/sweep.ts', 'configs/suites/smoke.json', '--dry-run'],
  ['scripts/monitor.ts'],
  ['scripts/tokenlap.js', 'help'],
  ['scripts/chat.ts', '--help'],
  ['scripts/benchmark.ts', '--help'],
];

test.skipIf(skipped(!existsSync('/dev/full'), 'a full standard output: there is no /dev/full')).each(commands)(
  '%s %s: a full device is one line and no success',
  async (...words) => {
    const { code, stderr } = await ended(words, openSync('/dev/full', 'w'));
    expect(stderr).toMatch(/^error: writing to standard output failed: the disk is full\nnext: .*\n$/m);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(code).toBe(1);
  },
  60_000,
);

test.each(commands)(
  '%s %s: a closed pipe ends it quietly, and is no success',
  async (...words) => {
    const { code, stderr } = await ended(words, 'pipe');
    expect(stderr).not.toMatch(/^error|\n {4}at /m);
    expect(code).toBe(141);
  },
  60_000,
);

/** Nobody reads the pipe: its end is closed before the script has written anything. */
function ended(words: readonly string[], output: number | 'pipe'): Promise<{ code: number | null; stderr: string }> {
  const [path = '', ...args] = words;
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), resolve(repository, path), ...args], {
    cwd: repository,
    stdio: ['ignore', output, 'pipe'],
  });
  child.stdout?.destroy();
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((done) => child.on('close', (code) => done({ code, stderr })));
}

/** Where text for people is written; everything else goes through one of them. */
const writers = ['scripts/command-line/terminal.ts', 'scripts/command-line/progress.ts'];
/** In the engine's process, whose standard error the harness reads. */
const inEngines = ['scripts/frameworks/llamacpp/llama.ts'];

test('all that is printed goes through one place', () => {
  const found = ['scripts', 'collate', 'plots'].flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter((name) => /\bstd(out|err)\.write\(|\bconsole\.\w+\(/.test(readFileSync(join(repository, name), 'utf8'))),
  );
  expect(found.filter((name) => ![...writers, ...inEngines].includes(name))).toEqual([]);
});
