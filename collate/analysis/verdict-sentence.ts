/** What a comparison allows to say, in words. */
import { significant } from '../../scripts/command-line/format.ts';
import { smallestEffect } from '../../scripts/measure/verdict.ts';
import type { Contender } from './comparison.ts';
import type { Measure } from './measures.ts';

export function verdictSentence(measure: Measure, contender: Contender, noiseFloor: number): string {
  const { verdictWithoutOutliers, agreement } = contender;
  return [
    verdictWords(measure, contender, noiseFloor),
    ...(agreement === 'outputs differ' && measure.column !== 'peak_rss_bytes'
      ? ['outputs differ: no ranking without parity']
      : []),
    ...(verdictWithoutOutliers === null ? [] : [`without outliers: ${verdictWithoutOutliers}`]),
  ].join('; ');
}

function verdictWords(measure: Measure, { verdict, comparison }: Contender, noiseFloor: number): string {
  switch (verdict) {
    case 'better':
      return measure.column === 'peak_rss_bytes' ? 'less memory' : 'faster';
    case 'worse':
      return measure.column === 'peak_rss_bytes' ? 'more memory' : 'slower';
    case 'no detectable difference': {
      // Below 2 % or the machine's own noise nothing is called a difference, however many runs there are.
      const smallest = Math.max(comparison.smallestDetectable ?? 0, noiseFloor, smallestEffect);
      return `no detectable difference; the smallest detectable here is ${significant(smallest * 100, 2)} %`;
    }
    case 'too few runs':
      return `too few runs: ${comparison.runsNeeded} of each are needed`;
    default:
      return verdict satisfies never;
  }
}
