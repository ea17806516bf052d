/** `warm_ups.csv`: a row per warm-up of a run. */
import { type Run, recordsOf } from './run.ts';
import { type OfRun, runFacts } from './run-facts.ts';
import { columnsOf, table } from './table.ts';

interface OfWarmUp extends OfRun {
  tokens: number;
}

const { whole } = columnsOf<OfWarmUp>();

export const warmUpsTable = table({
  name: 'warmUps',
  file: 'warm_ups.csv',
  rowIs: 'a row per warm-up of a run',
  columns: [
    runFacts.uuid,
    whole('tokens', 'tokens', 'Warm-up', 'tokens until warm').of(({ tokens }) => tokens),
  ] as const,
  of: (run: Run): OfWarmUp[] => recordsOf(run, 'warm_up').map(({ tokens }) => ({ run, tokens })),
});
