/** docs/adding-a-framework.md, pasted literally into a copy of the checkout: what it says is what comes. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frameworks } from '../../../scripts/frameworks/registry.ts';

const root = join(import.meta.dirname, '../../..');
const needed = [
  'scripts',
  'collate',
  'plots',
  'configs',
  'test',
  'tools',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];
/** A minute on a quiet machine: engines start several times. It may do other work. */
const timeoutMs = 900_000;

interface CodeBlock {
  language: string;
  /** Paragraph before it. */
  before: string;
  code: string;
}

const page = await readFile(join(root, 'docs/adding-a-framework.md'), 'utf8');
const blocks = [...page.matchAll(/([^\n]+)\n\n```(\w+)\n(.*?)```/gs)].map(
  ([, before = '', language = '', code = '']): CodeBlock => ({ language, before, code }),
);
const commands = blocks.filter(({ language }) => language === 'sh').map(({ code }) => code.trim().split('\n'));
const checkout = await mkdtemp(join(tmpdir(), 'tokenlap-adding-'));

/** A block below the name of a file is that file. */
async function pasteFiles(): Promise<string[]> {
  const files = blocks.flatMap(({ before, code }) => {
    const name = /^`([\w./-]+\.ts)`:$/.exec(before)?.[1];
    return name === undefined ? [] : [{ name, code }];
  });
  for (const { name, code } of files) await writeFile(join(checkout, name), code);
  return files.map(({ name }) => name);
}

/** Of the registry the import is a new line, and the list takes the place of the one that is there. */
async function pasteRegistryLine(): Promise<string> {
  const path = join(checkout, 'scripts/frameworks/registry.ts');
  const block = blocks.find(({ code }) => code.includes('export const frameworks'));
  const [imported = '', list = ''] = block?.code.trim().split(/\n\n/) ?? [];
  const registry = await readFile(path, 'utf8');
  const pasted = registry
    .replace(/^import \{ tinygrad.*$/m, `$&\n${imported}`)
    .replace(/^export const frameworks[^;]*;$/m, list);
  await writeFile(path, pasted);
  return pasted;
}

function run(command: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const options = { cwd: checkout, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1', CI: undefined } } as const;
    execFile('bash', ['-c', command], options, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: `${stdout}\n${stderr}` }),
    );
  });
}

beforeAll(async () => {
  for (const name of needed) await cp(join(root, name), join(checkout, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(checkout, 'node_modules'));
}, timeoutMs);
afterAll(() => rm(checkout, { recursive: true, force: true }));

describe('the page about adding a framework, pasted literally', { timeout: timeoutMs }, () => {
  it('adds the toy and removes nobody', async () => {
    expect(await pasteFiles()).toEqual(['scripts/frameworks/toy.ts', 'scripts/toy-benchmark.ts']);
    const registry = await pasteRegistryLine();
    const names = /frameworks: readonly Framework\[\] = \[([^\]]*)\]/.exec(registry)?.[1]?.match(/\w+/g);
    expect(names).toEqual([...frameworks.map(({ name }) => name), 'toy']);
  });

  it.each(commands[0] ?? [])('runs `%s`', async (command) => {
    const { code, output } = await run(command);
    const isSession = command.includes('scripts/benchmark.ts');
    expect(output).not.toMatch(/bug in Tokenlap/);
    expect({ command, code, output: code === 0 || isSession ? '' : output }).toMatchObject({
      code: isSession ? 1 : 0,
      output: '',
    });
    if (!isSession) return;
    const didNotRun = output.split(/^Did not run$/m)[1] ?? '';
    expect(output).toMatch(/^Parity not judged$/m);
    expect(didNotRun).not.toMatch(/^toy /m);
  });

  it('leaves what it says: a log, the tokens, and no right answer', async () => {
    expect((await readdir(join(checkout, 'benchmark_output/raw/toy'))).length).toBeGreaterThan(0);
    const [header = '', first = ''] = (await readFile(join(checkout, 'benchmark_output/toy.csv'), 'utf8')).split('\n');
    expect(header.startsWith('step,')).toBe(true);
    expect(first).not.toBe('');
    const runs = await readFile(join(checkout, 'benchmark_output/runs.csv'), 'utf8');
    expect(runs).not.toContain('the log says what cannot be');
  });

  it('says that there is no kernel workload, and what to do', async () => {
    const [command = ''] = commands[1] ?? [];
    const { code, output } = await run(command);
    expect(code).toBe(2);
    expect(output).toContain('Toy has no kernel workload');
    expect(output).toContain('Use --workload qa.');
  });

  it('fails as many parts of the contract as it says, and passes the others', async () => {
    const [command = ''] = commands[2] ?? [];
    const { output } = await run(`${command} --reporter=json`);
    const report = JSON.parse(output.slice(output.indexOf('{"numTotal'), output.lastIndexOf('}') + 1));
    const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven'];
    const [, said = ''] = /The toy fails (\w+) of its parts/.exec(page) ?? [];
    expect(report.numFailedTests).toBe(words.indexOf(said));
    expect(report.numPassedTests).toBeGreaterThan(0);
  });
});
