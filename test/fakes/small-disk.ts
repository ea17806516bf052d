/** A disk of some kilobytes that is full when its script says so: a file system in memory, which only this process sees. */
import { spawnSync } from 'node:child_process';
import { outputFolder } from './output-folder.ts';

const mount = 'mount -t tmpfs -o size=$1 tmpfs "$2"';

/** Linux with user namespaces. */
export const canMountSmallDisk =
  spawnSync('unshare', ['-rm', 'sh', '-c', mount, 'sh', '64k', import.meta.dirname]).status === 0;

/**
 * Runs the body of a module with `disk`, the path of the disk, `fill()` and `free()` in it.
 * @returns what it gave to `tell`
 */
export function onSmallDisk(kilobytes: number, body: string): unknown {
  const folder = outputFolder();
  const script = `
    import { rmSync, writeSync, openSync, closeSync } from 'node:fs';
    import { join } from 'node:path';
    const disk = ${JSON.stringify(folder)};
    const filler = join(disk, 'filler');
    const free = () => rmSync(filler, { force: true });
    const fill = () => {
      const file = openSync(filler, 'w');
      for (const bytes of [4096, 1]) { try { for (;;) writeSync(file, Buffer.alloc(bytes)); } catch {} }
      closeSync(file);
    };
    const failure = async (work) => {
      try { await work(); return null; } catch ({ message, remedy }) { return { message, remedy }; }
    };
    const tell = (value) => process.stdout.write(JSON.stringify(value));
    ${body}
  `;
  const node = [process.execPath, '--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', script];
  const shell = `${mount} && shift 2 && exec "$@"`;
  const ended = spawnSync('unshare', ['-rm', 'sh', '-c', shell, 'sh', `${kilobytes}k`, folder, ...node], {
    encoding: 'utf8',
  });
  if (ended.status !== 0) throw new Error(ended.stderr);
  return JSON.parse(ended.stdout);
}
