/**
 * Installs the clients of other people that the tests run against our endpoint; the tests that need them are skipped
 * without. With --lock it resolves their packages anew and writes the lock file instead.
 *
 *   npx tsx test/peers/install.ts
 *   npx tsx test/peers/install.ts --lock
 */
import { interruptSignal } from '../../scripts/command-line/interrupt.ts';
import { program, run } from '../../scripts/command-line/program.ts';
import { progress } from '../../scripts/command-line/progress.ts';
import { print } from '../../scripts/command-line/terminal.ts';
import { writeLock } from '../../scripts/frameworks/python-environment/lock.ts';
import { installPeers, peersEnvironment, peersLockPath } from './environment.ts';

const script = 'npx tsx test/peers/install.ts';

await run(async () => {
  const { lock } = program('install', `Installs ${peersEnvironment.title} for the tests.`, [
    [script, 'about 1.8 GB below the cache folder'],
    [`${script} --lock`, 'after a version was changed in test/peers/environment.ts'],
  ])
    .option('--lock', 'write the lock file anew instead', false)
    .parse()
    .opts();
  const signal = interruptSignal('Stopping.');
  const line = progress(lock ? 'locking' : 'installing');
  const show = (label: string, done: number, total: number) => {
    line.stage(label);
    if (total > 0) line.update(done, total);
  };
  try {
    const sources = { python: undefined, findLinks: [], offline: false };
    const made = lock
      ? (
          await writeLock(
            peersEnvironment,
            { ...sources, signal, progress: show, madeBy: `${script} --lock` },
            peersLockPath,
          )
        ).path
      : (await installPeers(show, signal)).folder;
    line.end();
    print(made);
  } finally {
    line.end();
  }
});
