/** A fill in a process of its own that is killed at some moment, as `kill -9` does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

const fillModule = new URL('../../../collate/store/fill.ts', import.meta.url).href;

export type FillEnd = { kind: 'killed' } | { kind: 'finished'; ms: number };

/**
 * @param afterMs from the moment at which the fill begins; the process has started by then
 * @returns how it ended, for it may have been faster
 */
export async function fillAndKill(output: string, rebuild: boolean, afterMs: number): Promise<FillEnd> {
  const script = `
    const { fillStore } = await import(${JSON.stringify(fillModule)});
    process.stdout.write('begins');
    const begun = performance.now();
    await fillStore({ output: ${JSON.stringify(output)}, rebuild: ${rebuild} });
    process.stdout.write(String(performance.now() - begun));
  `;
  const tsx = import.meta.resolve('tsx');
  const child = spawn(process.execPath, ['--import', tsx, '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let failed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    failed += text;
  });
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), closed]);
  await Promise.race([delay(afterMs, undefined, { ref: false }), closed]);
  child.kill('SIGKILL');
  await closed;
  if (child.signalCode === 'SIGKILL') return { kind: 'killed' };
  if (child.exitCode !== 0) throw new Error(failed);
  return { kind: 'finished', ms: Number(said.replace('begins', '')) };
}
