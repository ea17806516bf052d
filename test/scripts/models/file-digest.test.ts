import { createHash } from 'node:crypto';
import { renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileSha256 } from '../../../scripts/models/file-digest.ts';
import { outputFolder } from '../../fakes/output-folder.ts';

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');

describe('the sha256 of a file', () => {
  it('is computed once in a process, and anew once the file is another one', async () => {
    const folder = outputFolder();
    const file = join(folder, 'model.gguf');
    let read = 0;
    const hashed = () => fileSha256(file, () => read++);
    writeFileSync(file, 'first');
    expect(await hashed()).toBe(digestOf('first'));
    expect(await hashed()).toBe(digestOf('first'));
    expect(read).toBe(1);
    // Of the same size and time of change: only the file itself is another one.
    const { atime, mtime } = statSync(file);
    writeFileSync(join(folder, 'other'), 'other');
    utimesSync(join(folder, 'other'), atime, mtime);
    renameSync(join(folder, 'other'), file);
    expect(await hashed()).toBe(digestOf('other'));
    expect(read).toBe(2);
  });
});
