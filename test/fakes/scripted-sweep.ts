/**
 * `sweep.ts` with runs that do next to nothing: `node scripted-sweep.ts FILE --output DIR`. It says when it is ready, and begins
 * when its standard input ends, so that it can be started ahead.
 */
import { once } from 'node:events';
import { run } from '../../scripts/command-line/program.ts';
import { sweepCommand } from '../../scripts/compare/sweeps/sweep-command.ts';
import { shortWorld } from './short-runs.ts';

process.stdout.write('ready\n');
process.stdin.resume();
await once(process.stdin, 'end');
await run(() => sweepCommand(shortWorld));
