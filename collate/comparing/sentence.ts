/** The answer in one sentence: what got worse, what got better, by how much, how sure, and what else changed. */
import { counted, percent } from '../../scripts/command-line/format.ts';
import type { ComparedRow, ComparisonReport } from './comparison.ts';
import { changeText, intervalText, looksChanged } from './words.ts';

type Facts = Pick<ComparisonReport, 'rows' | 'cells' | 'changed' | 'sides'> & { differentWeights: boolean };

const mostNamed = 2;
const mostChanges = 3;

export function sentenceOf(facts: Facts): string {
  const { rows, changed } = facts;
  const said = [...caveats(facts), findings(facts)].join(': ');
  const also = changed.slice(0, mostChanges);
  const more = changed.length - also.length;
  if (rows.length === 0) return `${said}.`;
  if (also.length > 0) {
    return `${said}; what else changed: ${also.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
  }
  const inSome = rows.some((row) => row.changed.length > 0);
  return `${said}; ${inSome ? 'what else changed is another thing in each cell' : 'nothing else changed that is recorded'}.`;
}

/** Different hosts or weights are allowed, and make it a comparison of these too. */
function caveats({ sides: { base, head }, differentWeights, rows }: Facts): string[] {
  if (rows.length === 0) return [];
  const hosts = [base, head].map((side) => side.hosts.join(', '));
  return [
    ...(hosts[0] === hosts[1] ? [] : [`Different hosts (${hosts[0]} and ${hosts[1]})`]),
    ...(differentWeights ? ['Different weights'] : []),
  ];
}

function findings({ rows, cells, sides }: Facts): string {
  const [base, head] = [sides.base.words, sides.head.words];
  const of = (verdict: ComparedRow['verdict']) => rows.filter((row) => row.verdict === verdict);
  const [worse, better, few] = [of('regression'), of('improvement'), of('insufficient')];
  if (rows.length === 0) return `Nothing in ${head} was measured as in ${base}`;
  const extent = `${counted(rows.length, 'figures')} of ${counted(cells, 'cells')}`;
  const suspect = rows.filter(looksChanged).length;
  const unknown = [
    ...(suspect === 0 ? [] : [`${suspect} look changed, which among so many figures is not enough`]),
    ...(few.length === 0 ? [] : [`${few.length} cannot be judged with so few runs`]),
  ];
  if (few.length === rows.length) return `No verdict on ${extent}: ${neededText(few)}`;
  if (worse.length + better.length === 0) {
    return [
      `No difference found between ${base} and ${head} in ${extent}, ${smallestText(of('unchanged'))}`,
      ...unknown,
    ].join('; ');
  }
  const parts = [
    ...(worse.length === 0 ? [] : [`${worse.length} got worse (${namedText(worse)})`]),
    ...(better.length === 0 ? [] : [`${better.length} got better (${namedText(better)})`]),
    ...(worse.length === 0 ? ['none got worse'] : []),
    ...(better.length === 0 ? ['none got better'] : []),
    ...unknown,
  ];
  return `From ${base} to ${head}, of ${extent}: ${parts.join(', ')}`;
}

/** Worst first. */
function namedText(rows: readonly ComparedRow[]): string {
  const named = rows.slice(0, mostNamed).map((row) => {
    const change = row.ratio === null ? '' : ` ${changeText(row.ratio.center)}`;
    return `${row.title.toLowerCase()} of ${row.cell}${change} [${intervalText(row)}]`;
  });
  return [...named, ...(rows.length > mostNamed ? [`${rows.length - mostNamed} more`] : [])].join('; ');
}

function smallestText(rows: readonly ComparedRow[]): string {
  const smallest = rows.flatMap(({ smallestChange }) => smallestChange ?? []);
  if (smallest.length === 0) return 'of which the noise is not known';
  const [least, most] = [Math.min(...smallest), Math.max(...smallest)].map(percent);
  return `where a change of ${least === most ? least : `${least} to ${most}, by the figure,`} would have been found`;
}

function neededText(rows: readonly ComparedRow[]): string {
  const have = rows.map(({ runs }) => Math.min(runs.base, runs.head));
  const [least, most] = [Math.min(...have), Math.max(...have)];
  const had = least === most ? `${counted(least, 'runs')} a side` : `${least} to ${most} runs a side`;
  const needed = rows.flatMap(({ runsNeeded }) => runsNeeded ?? []);
  const fewest = needed.length === 0 ? 'more than 10,000' : `at least ${Math.min(...needed)}`;
  return `there are ${had}, and so many figures need ${fewest} of each`;
}
