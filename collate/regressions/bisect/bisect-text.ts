/** What a bisection found, for a terminal. */
import { counted, percent, significant } from '../../../scripts/command-line/format.ts';
import { paint } from '../../../scripts/command-line/terminal.ts';
import type { BisectOutcome } from './bisect.ts';

const mostNamed = 10;
/** Deviations of a run: simulated bisections of smaller changes were wrong more often than they said (docs/trends.md). */
const trustedChange = 2;

/** @param builds in their order */
export function bisectText(outcome: BisectOutcome, builds: readonly string[]): string {
  const { ratio, noise, runs, unmeasurable, atNeither } = outcome;
  const measured = new Set(runs.map(({ build }) => build)).size;
  const named = (list: readonly number[]) =>
    [
      ...list.slice(0, mostNamed).map((build) => builds[build] ?? ''),
      ...(list.length > mostNamed ? [`${list.length - mostNamed} more`] : []),
    ].join(', ');
  return [
    paint('bold', verdictOf(outcome, builds)),
    `The level is ${significant(ratio)} times that of the good build behind it; a run differs from its level by ${percent(noise)}.`,
    `${counted(runs.length, 'runs')} of ${measured} among ${counted(builds.length, 'builds')}.`,
    ...(Math.abs(Math.log(ratio)) >= trustedChange * Math.log1p(noise)
      ? []
      : [
          'The change is less than twice the noise, so that the error may be larger than stated. Confirm it by comparing this build with the one before it.',
        ]),
    ...(unmeasurable.length === 0 ? [] : [`Not measurable: ${named(unmeasurable)}.`]),
    ...(atNeither.length === 0
      ? []
      : [
          `At neither level: ${named(atNeither)}. There may be more than one change: bisect again between the good build and the first of them.`,
        ]),
  ].join('\n');
}

function verdictOf({ build, probability, credible, ended }: BisectOutcome, builds: readonly string[]): string {
  const name = builds[build] ?? '';
  const certainty = `with a probability of ${(100 * probability).toFixed(1)} %`;
  if (ended === 'certain') return `First bad build: ${name}, ${certainty}.`;
  const [first, last] = [builds[credible[0] ?? build] ?? '', builds[credible.at(-1) ?? build] ?? ''];
  const why =
    ended === 'budget'
      ? 'The runs that were allowed are used up (--most-runs)'
      : 'No build between them can be measured';
  return `First bad build: one of ${credible.length} from ${first} to ${last}, most likely ${name} ${certainty}. ${why}.`;
}
