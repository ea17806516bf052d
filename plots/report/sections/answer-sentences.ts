/** The answer in words. Every number has its unit, and every comparison says how sure it is. */
import { shortSettings } from '../../../collate/analysis/measurement.ts';
import { smallestWords } from '../../../collate/analysis/verdict-sentence.ts';
import { bytes, significant } from '../../../scripts/command-line/format.ts';
import { whyNoDifference } from '../../../scripts/log/statistics-text.ts';
import { correctText, type QuestionScore } from '../../../scripts/results/figures/question-score.ts';
import { type Comparison, fewestForVerdict } from '../../../scripts/statistics/verdict.ts';
import { classWords, type Group, type Member, modelName, whyNotRanked } from '../../data/groups.ts';
import { decodeRate, type Metric, summaryOf } from '../../data/metric.ts';
import { type Series, type Step, seriesOf } from '../../data/quantization-series.ts';
import type { Figure, Verdict } from '../../data/verdicts.ts';
import { intervalWords, lengthsOf } from './choice.ts';

/** What to use, and why, in one short sentence; then the figures behind it. */
export interface Answer {
  readonly sentence: string;
  readonly figures: string;
}

export function frameworkAnswer(group: Group, verdict: Verdict, { metric }: Figure): Answer {
  const [first, next] = [shortName(verdict.faster, group), shortName(verdict.slower, group)];
  const where = `${modelName(group)} in ${classWords(group)} on ${placeOf(group)}`;
  const isTime = metric.unit === 'ms';
  const [best, second] = [figureOf(verdict.faster, metric), figureOf(verdict.slower, metric)];
  const values = isTime
    ? `${first} takes ${best} for ${lengthsOf(group)}, ${next} ${second}`
    : `${first} decodes ${best}, ${next} ${second}`;
  const times = `${significant(verdict.ratio)}×`;
  const runs = `${runsOf(verdict.faster)} and ${runsOf(verdict.slower)}`;
  const sure = `ratio ${times}, 95 % interval ${intervalWords(verdict.interval)}; ${runs}`;
  const [does, did] = isTime ? ['answers', 'answered with'] : ['decodes', 'decoded'];
  const answers: Record<Verdict['decision'], Answer> = {
    faster: {
      sentence: `Use ${first} for ${where}: it ${does} fastest, ${times} as fast as ${next}.`,
      figures: `${values} (${sure}).`,
    },
    'outputs differ': {
      sentence: `${first} ${did} ${where} ${times} as fast as ${next}, but their outputs differ, so this is no ranking.`,
      figures: `${values} (${runs}).`,
    },
    'no detectable difference': {
      sentence: `Either ${first} or ${next} will do for ${where}: neither is detectably faster.`,
      figures: `${values} (${sure}). The smallest difference detectable here is ${verdict.smallestDetectable}.${doubt(verdict)}`,
    },
    'too few runs': {
      sentence: `${first} is the fastest so far for ${where}, but there are too few runs for a verdict.`,
      figures: `${values} (ratio ${times}; ${runs}).`,
    },
  };
  return answers[verdict.decision];
}

/** What the fastest quantisation of the main group's leading framework gains and costs; null where there is one only. */
export function quantizationAnswer(groups: readonly Group[], main: Group): Answer | null {
  const [leader] = main.members;
  const series = seriesOf(groups).find(
    (candidate) => leader !== undefined && candidate.groups.some((group) => group.members.includes(leader)),
  );
  const fastest = series?.steps.find((step) => step.label === series.fastest);
  const slowest = series?.steps.find((step) => step.label === series.slowest);
  if (series === undefined || fastest === undefined || slowest === undefined || series.comparison === null) return null;
  const { comparison } = series;
  const what = `${series.title} and ${modelName(series)} on ${placeOf(series)}`;
  const rates = `${fastest.label} decodes ${rateOf(fastest)}, ${slowest.label} ${rateOf(slowest)}`;
  const times = `${significant(comparison.ratio)}×`;
  const sure = `ratio ${times}, 95 % interval ${intervalWords(comparison.interval)}`;
  const leads: Answer = {
    sentence: `Among the quantisations for ${what}, ${fastest.label} decodes fastest, ${times} as fast as ${slowest.label}.`,
    figures: `${rates} (${sure}).`,
  };
  const answers: Record<Comparison['verdict'], Answer> = {
    higher: leads,
    lower: leads,
    'no detectable difference': {
      sentence: `No difference between the quantisations for ${what} is detectable.`,
      figures: `${rates} (${sure}). The smallest difference detectable here is ${smallestWords(comparison)}.${doubt(comparison)}`,
    },
    'too few runs': {
      sentence: `Among the quantisations for ${what}, ${fastest.label} is the fastest so far, but there are too few runs for a verdict.`,
      figures: `${rates} (ratio ${times}; ${runsOf(fastest)} and ${runsOf(slowest)}). A verdict needs ${comparison.roundsNeeded ?? fewestForVerdict} runs of each.`,
    },
  };
  const { sentence, figures } = answers[comparison.verdict];
  return {
    sentence,
    figures: [figures, ...sizeSentence(fastest, slowest), ...correctSentence(fastest, slowest)].join(' '),
  };
}

/** One framework in one quantisation: nothing to compare, and said so. */
export function singleAnswer(group: Group): Answer {
  const [member] = group.members;
  if (member === undefined) return { sentence: 'There is no result yet.', figures: '' };
  const summary = summaryOf(member.runs, decodeRate);
  const sure =
    summary?.interval != null
      ? `The 95 % interval is ${intervalWords(summary.interval, '')} ${decodeRate.unit}, from ${runsOf(member)}`
      : member.runs.length === 1
        ? 'That is one run, n = 1: there is no interval'
        : `Measured in ${runsOf(member)}: an interval needs three`;
  const why = whyNotRanked(member);
  return {
    sentence: `${shortName(member, group)} decodes ${modelName(group)} in ${classWords(group)} on ${placeOf(group)} at ${rateOf(member)}.`,
    figures: `${sure}.${why === null ? '' : ` This result is not ranked: ${why}.`}`,
  };
}

/** The framework, its build, and what distinguishes it from others of its framework; the rest is in the table. */
function shortName(member: Member, { members }: Group): string {
  const [run] = member.runs;
  const all = members.flatMap((member) => member.runs[0] ?? []);
  const settings = run === undefined ? [] : shortSettings(run, all);
  const { title } = member;
  return settings.length === 0 ? title : `${title} (${settings.join(', ')})`;
}

/** Behind a verdict that seems to say less than its interval. */
function doubt(compared: Pick<Comparison, 'interval' | 'p'>): string {
  const why = whyNoDifference(compared);
  return why === '' ? '' : ` ${why}`;
}

function sizeSentence(fastest: Step, slowest: Step): string[] {
  const [small, large] = [fastest.runs[0]?.model_bytes ?? null, slowest.runs[0]?.model_bytes ?? null];
  if (small === null || large === null) return [];
  return [`The model takes ${bytes(small)} in ${fastest.label} and ${bytes(large)} in ${slowest.label}.`];
}

function correctSentence(fastest: Step, slowest: Step): string[] {
  if (fastest.score === null || slowest.score === null) return [];
  const of = (score: QuestionScore) => `${correctText(score)} of ${score.questions}`;
  return [
    `Questions answered correctly: ${of(fastest.score)} in ${fastest.label}, ${of(slowest.score)} in ${slowest.label}.`,
  ];
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
