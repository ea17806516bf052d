/** A busy loop on every core, as somebody else's work: processes of ours would count as our own. */
import { execFileSync } from 'node:child_process';

/** They end by themselves, should nobody be left to end them. */
const longestMs = 300_000;
const loop = `setTimeout(() => process.exit(), ${longestMs}); (function work() { const end = Date.now() + 50; while (Date.now() < end); setImmediate(work); })();`;

/** @returns what ends them */
export function startBusyLoops(count: number): () => void {
  // The shell is gone at once, and its children belong to the system.
  const script = 'i=0; while [ $i -lt "$3" ]; do "$1" -e "$2" >/dev/null 2>&1 & echo $!; i=$((i+1)); done';
  const printed = execFileSync('/bin/sh', ['-c', script, 'sh', process.execPath, loop, String(count)], {
    encoding: 'utf8',
  });
  const pids = printed.trim().split('\n').map(Number);
  return () => {
    for (const pid of pids) {
      try {
        process.kill(pid);
      } catch {
        // It has ended already.
      }
    }
  };
}
