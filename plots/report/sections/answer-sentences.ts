/** The answer in words. Every number has its unit, and every comparison says how sure it is. */
import { bytes, significant } from '../../../scripts/command-line/format.ts';
import { correctText, type QuestionScore } from '../../../scripts/measure/question-score.ts';
import type { Interval } from '../../../scripts/measure/statistics.ts';
import { className, type Group, type Member, memberName, modelName } from '../../data/groups.ts';
import { metricOf, summaryOf } from '../../data/metric.ts';
import { type Series, type Step, seriesOf } from '../../data/quantization-series.ts';
import { whyNotRanked } from '../../data/standing.ts';
import type { Verdict } from '../../data/verdicts.ts';

const decodeRate = metricOf('decode_tokens_per_s');

export function frameworkAnswer(group: Group, verdict: Verdict): string {
  const [first, next] = [memberName(verdict.faster), memberName(verdict.slower)];
  const where = `${modelName(group)} in the ${className(group)} class on ${placeOf(group)}`;
  const rates = `${rateOf(verdict.faster)} against ${rateOf(verdict.slower)}`;
  const runs = `${runsOf(verdict.faster)} and ${runsOf(verdict.slower)}`;
  switch (verdict.decision) {
    case 'faster':
      return `${first} decodes ${where} fastest: ${rates} of ${next}, ${significant(verdict.ratio)}× as fast (95 % interval ${intervalWords(verdict.interval)}; ${runs}).`;
    case 'outputs differ':
      return `${first} decoded ${where} ${significant(verdict.ratio)}× as fast as ${next} (${rates}; ${runs}), but their outputs differ, so this is no ranking.`;
    case 'no detectable difference':
      return `No detectable difference between the two fastest, ${first} and ${next}, on ${where}: ${rates} (ratio ${significant(verdict.ratio)}×, 95 % interval ${intervalWords(verdict.interval)}; ${runs}). The smallest difference detectable here is ${verdict.smallestDetectable}.`;
    case 'too few runs':
      return `${first} decoded ${where} fastest so far: ${rates} of ${next}, ${significant(verdict.ratio)}× as fast. That is no verdict yet: there are too few runs (${runs}).`;
    default:
      return verdict.decision satisfies never;
  }
}

/** What the fastest quantisation of the main group's leading framework gains and costs; null where there is one only. */
export function quantizationAnswer(groups: readonly Group[], main: Group): string | null {
  const [leader] = main.members;
  const series = seriesOf(groups).find(
    (candidate) => leader !== undefined && candidate.groups.some((group) => group.members.includes(leader)),
  );
  const fastest = series?.steps.find((step) => step.label === series.fastest);
  const slowest = series?.steps.find((step) => step.label === series.slowest);
  if (series === undefined || fastest === undefined || slowest === undefined || series.ratio === null) return null;
  const rates = `${rateOf(fastest)}, ${significant(series.ratio)}× the ${rateOf(slowest)} in ${slowest.label}`;
  const what = `${modelName(series)} on ${placeOf(series)}`;
  return [
    series.interval === null
      ? `${series.framework} decoded ${what} fastest so far in ${fastest.label}: ${rates}. That is no verdict: an interval needs three runs of each (${runsOf(fastest)} and ${runsOf(slowest)}).`
      : series.interval.low <= 1
        ? `No clear difference between the quantisations for ${series.framework} and ${what}: in ${fastest.label} ${rates}, and the 95 % interval of the ratio, ${intervalWords(series.interval)}, does not exclude 1×.`
        : `${series.framework} decodes ${what} fastest in ${fastest.label}: ${rates} (95 % interval ${intervalWords(series.interval)}).`,
    sizeSentence(fastest, slowest),
    correctSentence(fastest, slowest),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

/** One framework in one quantisation: nothing to compare, and said so. */
export function singleAnswer(group: Group): string {
  const [member] = group.members;
  if (member === undefined) return 'There is no result yet.';
  const summary = summaryOf(member.runs, decodeRate);
  const sure =
    summary?.interval != null
      ? `95 % interval ${intervalWords(summary.interval, '')}, ${runsOf(member)}`
      : member.runs.length === 1
        ? 'one run, n = 1: there is no interval'
        : `${runsOf(member)}: an interval needs three`;
  const why = whyNotRanked(member);
  const standing = why === null ? '' : ` This result is not to be ranked: ${why}.`;
  return `${memberName(member)} decodes ${modelName(group)} in the ${className(group)} class on ${placeOf(group)} at ${rateOf(member)} (${sure}).${standing}`;
}

export function intervalWords(interval: Interval | null, unit = '×'): string {
  return interval === null ? '–' : `${significant(interval.low)}${unit} to ${significant(interval.high)}${unit}`;
}

function sizeSentence(fastest: Step, slowest: Step): string {
  const small = fastest.runs[0]?.model_bytes ?? null;
  const large = slowest.runs[0]?.model_bytes ?? null;
  return small === null || large === null
    ? ''
    : `The model takes ${bytes(small)} in ${fastest.label} and ${bytes(large)} in ${slowest.label}.`;
}

function correctSentence(fastest: Step, slowest: Step): string {
  if (fastest.score === null || slowest.score === null) return '';
  const of = (score: QuestionScore) => `${correctText(score)} of ${score.questions}`;
  return `Questions answered correctly: ${of(fastest.score)} in ${fastest.label}, ${of(slowest.score)} in ${slowest.label}.`;
}

function rateOf(measured: Pick<Member | Step, 'runs'>): string {
  const summary = summaryOf(measured.runs, decodeRate);
  return summary === null ? 'no decode rate' : `${significant(summary.mean)} ${decodeRate.unit}`;
}

function runsOf({ runs }: Pick<Member, 'runs'>): string {
  return runs.length === 1 ? '1 run' : `${runs.length} runs`;
}

function placeOf({ hostname, device }: Pick<Series, 'hostname' | 'device'>): string {
  return `${hostname} (${device})`;
}
