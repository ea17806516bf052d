/** regressions.ts as a person starts it. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { outputFolder } from '../../fakes/output-folder.ts';
import { script } from '../../fakes/script.ts';
import { scriptHere } from '../../fakes/script-here.ts';
import { nightlyRuns, nightOf, writeRuns } from './nightly-runs.ts';

const regressions = (...args: string[]) => scriptHere('collate/regressions.ts', args);

function fallen(): string {
  const output = outputFolder();
  writeRuns(
    output,
    nightlyRuns(40, (night) => ({ rate: night < 25 ? 50 : 45 })),
  );
  return output;
}

describe('trend', () => {
  it('is what the script does by itself, and ends with exit code 1 for a regression', async () => {
    const { code, stdout } = await script('collate/regressions.ts', ['--output', fallen()]);
    expect(code).toBe(1);
    expect(stdout).toContain('5 regressions in 6 series.');
    expect(stdout).toContain('Why: `npx tsx collate/regressions.ts explain SERIES');
  });

  it('ends with exit code 0 where nothing changed, and gives its report to programs', async () => {
    const output = outputFolder();
    writeRuns(
      output,
      nightlyRuns(40, () => ({})),
    );
    const { code, stdout } = await regressions('trend', '--output', output, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      question: 'trend',
      sentence: 'No change in 6 series.',
      falseAlarms: 0.05,
    });
  });

  it('says what to do where nothing was collated', async () => {
    const { code, stderr } = await regressions('--output', outputFolder());
    expect(code).toBe(3);
    expect(stderr).toContain('nothing has been collated yet');
  });
});

describe('bless', () => {
  it('writes who, when and why, and the regression is told no longer', async () => {
    const output = fallen();
    const { stdout } = await regressions('explain', 'decode_tokens_per_s', '--output', output, '--json');
    const [{ series, findings }] = JSON.parse(stdout);
    expect(findings[0].gates.map(({ name }: { name: string }) => name)).toEqual([
      'significance',
      'size',
      'noise',
      'superiority',
    ]);
    const blessed = await regressions('bless', series, '--reason', 'larger context', '--by', 'me', '--output', output);
    expect(blessed.code).toBe(0);
    const file = JSON.parse(readFileSync(join(output, 'blessed.json'), 'utf8'));
    expect(file.blessings).toEqual([
      expect.objectContaining({ series, from: nightOf(25), by: 'me', reason: 'larger context' }),
    ]);
    const again = await regressions('trend', '--output', output, '--json');
    const row = JSON.parse(again.stdout).rows.find((each: { series: string }) => each.series === series);
    expect(row).toMatchObject({ verdict: 'unchanged', blessed: { by: 'me', reason: 'larger context' } });
  });

  it.each([
    [['nothing-of-that-name', '--reason', 'x'], 'there is no series "nothing-of-that-name"'],
    [['llamacpp', '--reason', 'x'], '"llamacpp" means 5 series'],
    [['peak_rss', '--reason', 'x'], 'nothing changed in peak_rss'],
    [['decode', '--reason', 'x', '--from', 'yesterday'], '--from yesterday is no instant'],
    [['decode', '--reason', ' '], '--reason is empty'],
  ])('refuses %o in a line', async (args, message) => {
    const { code, stderr } = await regressions('bless', ...args, '--output', fallen());
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('names the file that somebody broke', async () => {
    const output = fallen();
    writeFileSync(join(output, 'blessed.json'), '{"schema":"tokenlap.blessed/1","blessings":[{}]}');
    const { code, stderr } = await regressions('--output', output);
    expect(code).toBe(2);
    expect(stderr).toContain('blessed.json is not what `bless` writes');
  });
});

describe('bisect', () => {
  /** Prints a rate with some noise, a tenth less from build 11 on; builds that end with 7 do not compile. */
  const measure = [
    'case $TOKENLAP_BUILD in *7) exit 125;; esac',
    'n=$(( $(cat runs 2>/dev/null || echo 0) + 1 )); echo $n > runs',
    'number=$(echo $TOKENLAP_BUILD | tr -d b); base=1000; [ $number -ge 11 ] && base=900',
    'echo $(( base + n * 7 % 10 ))',
  ].join('; ');

  function builds(): string {
    const folder = outputFolder();
    writeFileSync(join(folder, 'builds.txt'), Array.from({ length: 20 }, (_, i) => `b${i}`).join('\n'));
    return folder;
  }
  const inFolder = (folder: string, ...more: string[]) =>
    regressions(
      ...['bisect', '--builds', join(folder, 'builds.txt'), '--good', 'b0', '--bad', 'b19', '--measure', measure],
      ...['--repository', folder, '--output', folder, '--json', ...more],
    );

  it('finds the first bad build of a list, past one that cannot be measured', async () => {
    const folder = builds();
    const { code, stdout } = await inFolder(folder);
    expect(code).toBe(0);
    const outcome = JSON.parse(stdout);
    expect(outcome).toMatchObject({ name: 'b11', ended: 'certain' });
    expect(outcome.probability).toBeGreaterThan(0.99);
    expect(outcome.ratio).toBeCloseTo(0.9, 2);
  });

  it('measures nothing again that it has in its journal', async () => {
    const folder = builds();
    await inFolder(folder);
    const count = readFileSync(join(folder, 'runs'), 'utf8');
    expect((await inFolder(folder)).code).toBe(0);
    expect(readFileSync(join(folder, 'runs'), 'utf8')).toBe(count);
  });

  it('names the builds that nothing can part', async () => {
    const folder = builds();
    const broken = measure.replace('*7)', 'b9|b10|b11|b12)');
    const { code, stdout } = await regressions(
      ...['bisect', '--builds', join(folder, 'builds.txt'), '--good', 'b0', '--bad', 'b19', '--measure', broken],
      ...['--repository', folder, '--output', folder],
    );
    expect(code).toBe(1);
    expect(stdout).toContain('one of 5 from b9 to b13');
    expect(stdout).toContain('Not measurable: b9, b10, b11, b12.');
  });

  it('goes along the first parents of a repository', async () => {
    const folder = outputFolder();
    const git = (...words: string[]) =>
      execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words], {
        encoding: 'utf8',
      }).trim();
    git('init', '--quiet');
    const commits = Array.from({ length: 8 }, (_, i) => {
      git('commit', '--quiet', '--allow-empty', '--message', `${i}`);
      return git('rev-parse', 'HEAD');
    });
    const line = [
      'n=$(( $(cat .git/runs 2>/dev/null || echo 0) + 1 )); echo $n > .git/runs',
      'subject=$(git log -1 --format=%s $TOKENLAP_BUILD); base=1000; [ $subject -ge 5 ] && base=900',
      'echo $(( base + n * 7 % 10 ))',
    ].join('; ');
    const { code, stdout } = await regressions(
      ...['bisect', '--good', commits[0] ?? '', '--bad', 'HEAD', '--measure', line],
      ...['--repository', folder, '--output', join(folder, 'results'), '--json'],
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ name: commits[5], builds: commits });
  });

  it.each([
    [['--good', '--all', '--bad', 'HEAD'], '--all is no commit of'],
    [['--good', 'HEAD', '--bad', 'HEAD'], 'HEAD and HEAD are the same commit'],
  ])('refuses %o in a line', async (ends, message) => {
    const folder = outputFolder();
    mkdirSync(join(folder, 'repository'));
    const git = (...words: string[]) =>
      execFileSync('git', ['-C', join(folder, 'repository'), '-c', 'user.name=a', '-c', 'user.email=a@b', ...words]);
    git('init', '--quiet');
    git('commit', '--quiet', '--allow-empty', '--message', 'one');
    const { code, stderr } = await regressions(
      ...['bisect', ...ends, '--measure', 'echo 1', '--repository', join(folder, 'repository'), '--output', folder],
    );
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(existsSync(join(folder, 'bisections'))).toBe(false);
  });

  it.each([
    ['exit 3', 'ended with exit code 3 for build b0', 1],
    ['echo fast', 'is no number above 0: "fast"', 2],
    ['echo 100', 'cannot be told apart', 1],
  ])('says what is wrong with %s', async (line, message, expected) => {
    const folder = builds();
    const { code, stderr } = await regressions(
      ...['bisect', '--builds', join(folder, 'builds.txt'), '--good', 'b0', '--bad', 'b19', '--measure', line],
      ...['--repository', folder, '--output', folder],
    );
    expect(code).toBe(expected);
    expect(stderr).toContain(message);
  });
});
