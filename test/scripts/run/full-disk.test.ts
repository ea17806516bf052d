/** A file system of a few kilobytes, really full: mounted in a name space of its own, where the system allows that. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { outputFolder } from '../../fakes/output-folder.ts';
import { skipped } from '../../fakes/skipped.ts';

const repository = resolve(import.meta.dirname, '../../..');
const canMount =
  process.platform === 'linux' &&
  spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=16k none /mnt']).status === 0;

/**
 * Runs a script with a full disk at `<folder>/small`; what is on it at the end is copied to `<folder>/kept`.
 * @param before run first, with the disk as the working directory
 */
function onSmallDisk(folder: string, kilobytes: number, before: string, script: string, args: string) {
  mkdirSync(join(folder, 'small'), { recursive: true });
  const tsx = import.meta.resolve('tsx');
  const steps = [
    `mount -t tmpfs -o size=${kilobytes}k,nr_inodes=200 none ${folder}/small`,
    `(cd ${folder}/small; ${before})`,
    `cd ${repository}; ${process.execPath} --import ${tsx} ${script} ${args}; code=$?`,
    `cp -r ${folder}/small ${folder}/kept`,
    'exit $code',
  ];
  const env = { ...process.env, TOKENLAP_CACHE: join(folder, 'small') };
  return spawnSync('unshare', ['-rm', 'sh', '-c', steps.join('\n')], { encoding: 'utf8', env });
}

describe.skipIf(skipped(!canMount, 'a full disk: needs user namespaces of Linux'))('a full disk', () => {
  it('ends a run in a line that says so, with whole records of all that was measured before', () => {
    const folder = outputFolder();
    const args = `--size tiny --threads 1 --warmup 1 --max-tokens 8 --iterations 500 --no-monitor --output ${folder}/small`;
    const { status, stderr } = onSmallDisk(folder, 48, 'true', 'scripts/llamacpp-benchmark.ts', args);
    expect(stderr).toMatch(/error: .*the disk is full/);
    expect(stderr).toMatch(/next: +Free some space, or choose another folder with --output DIR/);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(1);
    const logs = execFileSync('find', [join(folder, 'kept'), '-name', '*.txt'], { encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(logs).toHaveLength(1);
    const records = readFileSync(logs[0] ?? '', 'utf8')
      .trimEnd()
      .split('\n')
      .map((line): { type: string } => JSON.parse(line));
    expect(records.at(0)?.type).toBe('header');
    expect(records.filter(({ type }) => type === 'answer').length).toBeGreaterThan(1);
  }, 120_000);

  const fill = 'dd if=/dev/zero of=full bs=1k status=none 2>/dev/null; true';

  it.each([
    { what: 'a run', script: 'scripts/llamacpp-benchmark.ts', args: '--size tiny --output SMALL' },
    { what: 'a sweep', script: 'scripts/sweep.ts', args: 'SWEEP --output SMALL' },
    { what: 'a model', script: 'scripts/models.ts', args: 'synthesize 15M' },
    { what: 'a hardware benchmark', script: 'scripts/hardware-benchmark.ts', args: '--output SMALL' },
    { what: 'a conversion', script: 'scripts/models.ts', args: 'quantize tiny --to q8_0 --output SMALL/q.gguf' },
  ])(
    'from the start is what $what says',
    ({ script, args }) => {
      const folder = outputFolder();
      const sweep = join(folder, 'sweep.json');
      writeFileSync(sweep, JSON.stringify({ name: 'small', framework: 'llamacpp', size: 'tiny' }));
      const written = args.replaceAll('SMALL', join(folder, 'small')).replace('SWEEP', sweep);
      const { status, stderr } = onSmallDisk(folder, 64, fill, script, written);
      expect(stderr).toMatch(/error: .*(the disk is full|has 0 B left)/);
      expect(stderr).toMatch(/next: +Free some space/);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(status).toBeGreaterThan(0);
    },
    60_000,
  );
});
