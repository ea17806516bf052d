/** The answer in words. Every number has its unit, and every comparison says how sure it is. */
import { smallestWords } from '../../../collate/analysis/verdict-sentence.ts';
import { bytes, significant } from '../../../scripts/command-line/format.ts';
import { correctText, type QuestionScore } from '../../../scripts/measure/question-score.ts';
import type { Interval } from '../../../scripts/measure/statistics.ts';
import { type Comparison, fewestForVerdict } from '../../../scripts/measure/verdict.ts';
import { classWords, type Group, type Member, memberName, modelName } from '../../data/groups.ts';
import { type Metric, metricOf, summaryOf } from '../../data/metric.ts';
import { type Series, type Step, seriesOf } from '../../data/quantization-series.ts';
import { whyNotRanked } from '../../data/standing.ts';
import type { Figure, Verdict } from '../../data/verdicts.ts';

const decodeRate = metricOf('decode_tokens_per_s');

/** @param figure what is compared, as `measured` names it: `an answer of 36 tokens to a prompt of 21 tokens` */
export function frameworkAnswer(group: Group, verdict: Verdict, { metric }: Figure, measured: string): string {
  const [first, next] = [memberName(verdict.faster), memberName(verdict.slower)];
  const where = `${modelName(group)} in ${classWords(group)} on ${placeOf(group)}`;
  const isTime = metric.unit === 'ms';
  const values = `${figureOf(verdict.faster, metric)}${isTime ? ` for ${measured}` : ''}, against ${figureOf(verdict.slower, metric)} of ${next}`;
  const runs = `${runsOf(verdict.faster)} and ${runsOf(verdict.slower)}`;
  const [does, did] = isTime ? ['answers', 'answered with'] : ['decodes', 'decoded'];
  switch (verdict.decision) {
    case 'faster':
      return `Use ${first} for ${where}, because it ${does} fastest: ${values}. That is ${significant(verdict.ratio)}× as fast (95 % interval ${intervalWords(verdict.interval)}; ${runs}).`;
    case 'outputs differ':
      return `${first} ${did} ${where} ${significant(verdict.ratio)}× as fast as ${next} (${values}; ${runs}), but their outputs differ, so this is no ranking.`;
    case 'no detectable difference':
      return `No detectable difference between the two fastest, ${first} and ${next}, on ${where}: ${values} (ratio ${significant(verdict.ratio)}×, 95 % interval ${intervalWords(verdict.interval)}; ${runs}). The smallest difference detectable here is ${verdict.smallestDetectable}: either will do.`;
    case 'too few runs':
      return `${first} ${did} ${where} fastest so far: ${values}, ${significant(verdict.ratio)}× as fast. That is no verdict yet: there are too few runs (${runs}).`;
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
  if (series === undefined || fastest === undefined || slowest === undefined || series.comparison === null) return null;
  const { comparison, framework } = series;
  const rates = `${rateOf(fastest)}, ${significant(comparison.ratio)}× the ${rateOf(slowest)} in ${slowest.label}`;
  const what = `${modelName(series)} on ${placeOf(series)}`;
  return [
    quantizationVerdict(comparison, `${framework} and ${what}`, `in ${fastest.label} ${rates}`, [fastest, slowest]),
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
  return `${memberName(member)} decodes ${modelName(group)} in ${classWords(group)} on ${placeOf(group)} at ${rateOf(member)} (${sure}).${standing}`;
}

export function intervalWords(interval: Interval | null, unit = '×'): string {
  return interval === null ? '–' : `${significant(interval.low)}${unit} to ${significant(interval.high)}${unit}`;
}

function quantizationVerdict(
  comparison: Comparison,
  what: string,
  rates: string,
  [fastest, slowest]: [Step, Step],
): string {
  const interval = `95 % interval of the ratio ${intervalWords(comparison.interval)}`;
  switch (comparison.verdict) {
    case 'higher':
    case 'lower':
      return `Among the quantisations for ${what}, ${fastest.label} decodes fastest: ${rates} (${interval}).`;
    case 'no detectable difference':
      return `No detectable difference between the quantisations for ${what}: ${rates} (${interval}). The smallest difference detectable here is ${smallestWords(comparison)}.`;
    case 'too few runs':
      return `Among the quantisations for ${what}, ${fastest.label} decoded fastest so far: ${rates}. That is no verdict: it needs ${comparison.roundsNeeded ?? fewestForVerdict} runs of each (${runsOf(fastest)} and ${runsOf(slowest)}).`;
    default:
      return comparison.verdict satisfies never;
  }
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
  return figureOf(measured, decodeRate);
}

function figureOf({ runs }: Pick<Member | Step, 'runs'>, metric: Metric): string {
  const summary = summaryOf(runs, metric);
  return summary === null ? `no ${metric.title.toLowerCase()}` : `${significant(summary.center)} ${metric.unit}`;
}

function runsOf({ runs }: Pick<Member, 'runs'>): string {
  return runs.length === 1 ? '1 run' : `${runs.length} runs`;
}

function placeOf({ hostname, device }: Pick<Series, 'hostname' | 'device'>): string {
  return `${hostname} (${device})`;
}
