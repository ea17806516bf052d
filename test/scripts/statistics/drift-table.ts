/**
 * How often the run-quality check calls a run drifting that does not, and finds one that does: the tables in docs/run-quality.md.
 *
 *     npx tsx test/scripts/statistics/drift-table.ts
 */
import { equalPieces, relativeGaps } from '../../../scripts/results/figures/decode-pieces.ts';
import { driftOf } from '../../../scripts/run/quality/steadiness-checks.ts';
import { type SimulatedGaps, simulatedGaps } from '../../fakes/simulated-gaps.ts';

/** Shares of the simulated runs. */
export interface Verdicts {
  doubtOrFailed: number;
  failed: number;
  unknown: number;
}

export function verdictsOfDrift(shape: SimulatedGaps, runs: number): Verdicts {
  const verdicts = Array.from(
    { length: runs },
    (_, seed) => driftOf(equalPieces(relativeGaps(simulatedGaps(shape, seed + 1)))).verdict,
  );
  const share = (...named: string[]) => verdicts.filter((verdict) => named.includes(verdict)).length / runs;
  return { doubtOrFailed: share('doubt', 'failed'), failed: share('failed'), unknown: share('unknown') };
}

const rhos = [0, 0.3, 0.6, 0.9];
const noises = [0.01, 0.03];
const changes = [-0.05, -0.1, -0.2];
const runs = { usual: 4000, short: 600 };

if (process.argv[1]?.endsWith('drift-table.ts')) {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const line = (cells: readonly string[]) => console.log(`| ${cells.join(' | ')} |`);
  const processes = rhos.map((rho) => (rho === 0 ? 'white' : `AR(1), rho ${rho}`));
  line(['tokens', 'noise of answers', ...processes]);
  console.log(`|---|---|${rhos.map(() => '---|').join('')}`);
  for (const tokens of [runs.usual, runs.short]) {
    for (const noise of noises) {
      const cells = rhos.map((rho) => {
        const { doubtOrFailed, failed, unknown } = verdictsOfDrift({ tokens, noise, rho }, 1000);
        return [doubtOrFailed, failed, unknown].map(percent).join(', ');
      });
      line([String(tokens), `${noise * 100} %`, ...cells]);
    }
  }
  console.log('');
  line(['drift', 'noise of answers', ...processes]);
  console.log(`|---|---|${rhos.map(() => '---|').join('')}`);
  for (const course of ['line', 'curve', 'step'] as const) {
    for (const change of changes) {
      for (const noise of noises) {
        const cells = rhos.map((rho) => percent(verdictsOfDrift({ noise, rho, change, course }, 200).doubtOrFailed));
        line([`${change * 100} %, ${course}`, `${noise * 100} %`, ...cells]);
      }
    }
  }
}
