/** The command as a person types it, on the embedded model. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { outputFolder } from '../fakes/output-folder.ts';
import { script } from '../fakes/script.ts';
import { scriptHere } from '../fakes/script-here.ts';

const replay = 'scripts/replay.ts';
const sampled = [
  '--size',
  'tiny',
  '--threads',
  '1',
  '--max-tokens',
  '8',
  '--warmup',
  '1',
  '--min-seconds',
  '0',
  '--seed',
  '7',
];

/** The log of one recorded run; every test works on a copy of its own. */
let recorded: string;

beforeAll(async () => {
  const output = mkdtempSync(join(tmpdir(), 'tokenlap-test-'));
  const { stdout } = await script('scripts/llamacpp-benchmark.ts', [...sampled, '--json', '--output', output]);
  recorded = readFileSync(JSON.parse(stdout).log, 'utf8');
  rmSync(output, { recursive: true });
}, 60_000);

function copyOf(change: (text: string) => string = (text) => text): string {
  const path = join(outputFolder(), 'recorded.txt');
  writeFileSync(path, change(recorded));
  return path;
}

describe('replay', () => {
  it('runs the same again: the same file, prompt ids and tokens, and says whether the figures agree', async () => {
    const args = [copyOf(), '--output', outputFolder(), '--json'];
    const { code, stdout, stderr } = await script(replay, args);
    expect(stderr).not.toMatch(/^\s+at /m);
    const result = JSON.parse(stdout);
    expect(result.differences).toEqual([]);
    expect(result.outputs).toEqual({ compared: 26, identical: 26, first: null });
    expect(result.figures.map(({ figure }: { figure: string }) => figure)).toEqual([
      'decode',
      'median TTFT',
      'prefill',
      'median end to end',
    ]);
    expect(code).toBe(result.agrees ? 0 : 1);
  });

  it('prints a command line that makes the same run', async () => {
    const { code, stdout } = await scriptHere(replay, [copyOf(), '--dry-run']);
    expect(code).toBe(0);
    const [, , path = '', ...args] = stdout.trim().split(' ');
    const again = await script(path, [...args, '--json', '--output', outputFolder()]);
    const header = (text: string) => JSON.parse(text.split('\n', 1)[0] ?? '');
    const summary = JSON.parse(again.stdout);
    const [before, after] = [header(recorded), header(readFileSync(summary.log, 'utf8'))];
    expect(after.requested).toEqual(before.requested);
    expect(after.model.sha256).toBe(before.model.sha256);
    expect(after.questions).toEqual(before.questions);
  });

  it('replays a log that was cut off as far as it can be compared, and says so', async () => {
    const half = copyOf((text) => text.slice(0, text.length / 2));
    const { stdout, stderr } = await script(replay, [half, '--output', outputFolder(), '--json']);
    expect(stderr).toMatch(/it has no closing line: the run was killed/);
    const result = JSON.parse(stdout);
    expect(result.replayed.status).toBe('completed');
    expect(result.outputs.compared).toBeGreaterThan(1);
    expect(result.outputs.compared).toBeLessThan(26);
  });

  it('refuses with --strict what is not as it was, and runs nothing', async () => {
    const other = copyOf((text) =>
      text.replace(/"sha256":"[0-9a-f]{64}","parameters"/, `"sha256":"${'0'.repeat(64)}","parameters"`),
    );
    const { code, stdout, stderr } = await scriptHere(replay, [other, '--strict', '--output', outputFolder()]);
    expect(stderr).toMatch(
      /not replayed, because something differs: model file \(sha256\): recorded 0000000000000000….*\n.*--strict/,
    );
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });

  it.each([
    {
      what: 'a chat',
      change: (text: string) => text.replace('"workload":"qa"', '"workload":"chat"'),
      says: /workload "chat" cannot be replayed/,
    },
    { what: 'something else', change: () => 'hello', says: /its first line is no header/ },
  ])('refuses $what in one line', async ({ change, says }) => {
    const { code, stderr } = await scriptHere(replay, [copyOf(change)]);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(2);
  });

  it('says that a log is not there', async () => {
    const { code, stderr } = await scriptHere(replay, ['/nowhere/log.txt']);
    expect(stderr).toMatch(/\/nowhere\/log\.txt failed: there is no such file/);
    expect(code).toBe(3);
  });
});
