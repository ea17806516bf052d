import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ReferenceFolder } from '../../../../scripts/workloads/reference/reference-folder.ts';
import { onWindows, skipped } from '../../../fakes/skipped.ts';

describe('the folder of the logits', () => {
  it('says how much it would take where the disk has not got it', () => {
    using folder = new ReferenceFolder(() => 1e9);
    expect(() => folder.requireSpace(9, 65, 128_256)).not.toThrow();
    expect(() => folder.requireSpace(27, 129, 128_256)).toThrow(/may take 1\.79 GB .* has 1\.00 GB left/);
  });

  it('is gone when the work ends', () => {
    const folder = new ReferenceFolder();
    writeFileSync(folder.file('reference'), 'logits');
    folder[Symbol.dispose]();
    expect(existsSync(folder.path)).toBe(false);
  });

  it('removes what killed processes left, and nothing of those at work', () => {
    // Above the largest number that a process of Linux can have.
    const left = join(tmpdir(), 'tokenlap-reference-4999999-abcdef');
    const atWork = join(tmpdir(), `tokenlap-reference-${process.ppid}-abcdef`);
    for (const path of [left, atWork]) {
      mkdirSync(path, { recursive: true });
      onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    }
    using folder = new ReferenceFolder();
    expect(existsSync(folder.path)).toBe(true);
    expect(existsSync(left)).toBe(false);
    expect(existsSync(atWork)).toBe(true);
  });

  const left = skipped(onWindows, 'folders of other users: Windows has no such permissions');
  it.skipIf(left)('is made beside what another person left, which stays', () => {
    const left = join(tmpdir(), 'tokenlap-reference-4999998-abcdef');
    mkdirSync(join(left, 'inside'), { recursive: true });
    onTestFinished(() => {
      chmodSync(left, 0o700);
      rmSync(left, { recursive: true, force: true });
    });
    // Who may do everything gives it away; who may not takes the rights away, which is refused alike.
    if (process.getuid?.() === 0) chownSync(left, 65_534, 65_534);
    chmodSync(left, 0o000);
    using folder = new ReferenceFolder();
    expect(existsSync(folder.path)).toBe(true);
    expect(existsSync(left)).toBe(true);
  });
});
