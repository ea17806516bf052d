/**
 * A process of the race in lock-file.test.ts: takes the lock again and again, each time out of the hands of a dead one, and
 * tells on standard output how often it had it, and how often it met somebody who had it too.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isOwner, takeLockFile } from '../../../scripts/command-line/lock-file.ts';

const [folder = '', name = '', times = '0'] = process.argv.slice(2);
const path = join(folder, '.lock');
const alone = join(folder, 'alone');
/** Ended and reaped: its number is nobody's. */
const dead = spawnSync(process.execPath, ['--version']).pid;

while (!existsSync(join(folder, 'go'))) await delay(2);
let met = 0;
for (let had = 0; had < Number(times); ) {
  const taken = takeLockFile(path, { work: 'race' });
  if (isOwner(taken)) {
    await delay(Math.random() * 2);
    continue;
  }
  had++;
  try {
    closeSync(openSync(alone, 'wx'));
    if (had % 3 === 0) await delay(1);
    rmSync(alone);
  } catch {
    met++;
  }
  if (!taken.isHeld()) met++;
  // What a killed owner leaves; now and then it is an orderly one.
  const left = join(folder, `left-${name}`);
  writeFileSync(
    left,
    JSON.stringify({ pid: dead, hostname: hostname(), start: 'x', work: 'dead', mark: `${name}-${had}` }),
  );
  if (had % 4 === 0) taken.release();
  else renameSync(left, path);
}
process.stdout.write(`${JSON.stringify({ had: Number(times), met })}\n`);
