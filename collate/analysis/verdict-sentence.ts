/** What a comparison allows to say, in words. */
import { significant } from '../../scripts/command-line/format.ts';
import { type Comparison, fewestForVerdict } from '../../scripts/statistics/verdict.ts';
import type { Contender } from './comparison.ts';
import type { Measure } from './measures.ts';

export function verdictSentence(measure: Measure, contender: Contender): string {
  const { verdictWithoutOutliers, agreement, source } = contender;
  return [
    verdictWords(measure, contender),
    ...(agreement === 'outputs differ' && measure.column !== 'peak_rss_bytes'
      ? ['outputs differ: no ranking without parity']
      : []),
    ...(inTurns(contender.comparison) ? [] : ['not measured in turns: drift of the machine is in it']),
    ...(source === 'same source' ? [] : [source]),
    ...(verdictWithoutOutliers === null ? [] : [`without outliers: ${verdictWithoutOutliers}`]),
  ].join('; ');
}

/** Without rounds in common, what the machine did between the runs of one and the other is part of the ratio. */
function inTurns({ method }: Comparison): boolean {
  return method === 'paired t' || method === 'signed rank';
}

function verdictWords(measure: Measure, { verdict, comparison }: Contender): string {
  switch (verdict) {
    case 'better':
      return measure.column === 'peak_rss_bytes' ? 'less memory' : 'faster';
    case 'worse':
      return measure.column === 'peak_rss_bytes' ? 'more memory' : 'slower';
    case 'no detectable difference':
      return `no detectable difference; the smallest detectable here is ${smallestWords(comparison)}`;
    case 'too few runs':
      return `too few runs: ${comparison.roundsNeeded ?? fewestForVerdict} of each are needed`;
    default:
      return verdict satisfies never;
  }
}

export function smallestWords({ smallestDetectable }: Pick<Comparison, 'smallestDetectable'>): string {
  return smallestDetectable === null ? 'unknown' : `${significant(smallestDetectable * 100, 2)} %`;
}
