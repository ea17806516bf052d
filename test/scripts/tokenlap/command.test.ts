/** The command as a person starts it. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { isRunning } from '../../../scripts/command-line/running-process.ts';
import { outputFolder } from '../../fakes/output-folder.ts';

const repository = resolve(import.meta.dirname, '../../..');
const entry = join(repository, packageJson.bin.tokenlap);

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

async function tokenlap(words: readonly string[], cwd = repository): Promise<Ended> {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [entry, ...words], { cwd })) };
  } catch (error) {
    const { code, stdout, stderr } = Object(error);
    return { code, stdout, stderr };
  }
}

it('npx finds it in the folder of the project, with nothing fetched', async () => {
  const { stdout } = await promisify(execFile)('npx', ['--no', '--offline', 'tokenlap', '--version'], {
    cwd: repository,
  });
  expect(stdout).toMatch(
    new RegExp(`^tokenlap ${packageJson.version.replaceAll('.', '\\.')}.*, Node ${process.versions.node}`),
  );
  expect(statSync(entry).mode & 0o111).not.toBe(0);
});

describe('exit codes', () => {
  it.each([
    [['help'], 0, 'Usage: npx tokenlap COMMAND'],
    [['chart', '--help'], 0, 'Usage: '],
    [['benchmrk'], 2, 'Did you mean benchmark?'],
    [['--halp'], 2, 'unknown option "--halp" (Did you mean --help?)'],
    [['report', '--output', './none'], 3, 'npx tokenlap collate'],
    [['benchmark', '--treads', '1'], 2, 'Did you mean --threads?'],
    [['benchmark', '--frameworks', 'pytroch'], 2, 'Did you mean pytorch?'],
    [['models', 'inspect', './none.gguf'], 3, 'there is no file'],
  ])('of %j is %i', async (words, code, says) => {
    const ended = await tokenlap(words);
    expect(ended.code).toBe(code);
    expect(ended.stdout + ended.stderr).toContain(says);
    if (code !== 0)
      expect(
        ended.stderr
          .trimEnd()
          .split('\n')
          .filter((line) => line.startsWith('error:')),
      ).toHaveLength(1);
  });
});

it('writes to the current folder, and the log says the script and canonical names', async () => {
  const folder = outputFolder();
  const words = [
    'run',
    'llama.cpp',
    '-m',
    'tiny',
    '-t',
    '1',
    '-p',
    '16',
    '-n',
    '4',
    '-r',
    '1',
    '--warmup',
    '0',
    '--no-conditions',
  ];
  const ended = await tokenlap(words, folder);
  expect(ended.stderr).not.toContain('error:');
  expect(ended.code).toBe(0);
  const raw = join(folder, 'benchmark_output', 'raw', 'llamacpp');
  const [log = ''] = readdirSync(raw);
  const header: { command: string[] } = JSON.parse(readFileSync(join(raw, log), 'utf8').split('\n')[0] ?? '');
  expect(header.command.slice(0, 2)).toEqual(['tsx', 'scripts/llamacpp-benchmark.ts']);
  const said = header.command.join(' ');
  for (const part of [
    '--model tiny',
    '--threads 1',
    '--n-prompt 16',
    '--n-gen 4',
    '--repetitions 1',
    '--workload kernel',
  ]) {
    expect(said).toContain(part);
  }
});

it('a signal reaches the script once, which ends in order with its engine', async () => {
  const child = spawn(process.execPath, [entry, 'serve', '-m', 'tiny', '--port', '0', '--json'], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await once(child.stdout, 'data');
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ').filter(Boolean);
  expect(children.length).toBeGreaterThan(0);
  child.kill('SIGINT');
  const [code, signal] = await once(child, 'exit');
  expect(signal).toBeNull();
  expect([0, 130]).toContain(code);
  expect(children.filter((pid) => isRunning(Number(pid)))).toEqual([]);
});
