/**
 * How often a difference of 3 % is found, by noise and number of runs: the table in docs/measurement.md. Simulated sessions
 * of two contenders go through the comparison of benchmark.ts, noise floor and all.
 *
 *     npx tsx test/scripts/measure/power-table.ts
 */
import { verdictsOf } from '../../fakes/simulated-cells.ts';
import { shareOfSessions, simulatedSession } from '../../fakes/simulated-sessions.ts';

const sessions = 500;
const runs = [5, 6, 8, 10, 15, 20, 30];
const noises = [0.003, 0.005, 0.01, 0.015, 0.02, 0.03];

export function powerOf(noise: number, runsEach: number, count = sessions): number {
  const shape = { rates: [100, 103], runs: runsEach, machine: { noise } };
  return shareOfSessions(count, 1, (seed) => verdictsOf(simulatedSession(shape, seed)).includes('lower'));
}

if (process.argv[1]?.endsWith('power-table.ts')) {
  console.log(`| runs each | ${noises.map((noise) => `noise ${noise * 100} %`).join(' | ')} |`);
  console.log(`|---|${noises.map(() => '---').join('|')}|`);
  for (const each of runs) {
    console.log(`| ${each} | ${noises.map((noise) => `${Math.round(powerOf(noise, each) * 100)} %`).join(' | ')} |`);
  }
}
