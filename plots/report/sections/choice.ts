/** What a user chooses by: end-to-end time of a stated answer, first token, decode, prefill and memory, and under what terms. */
import { bytes, counted, significant } from '../../../scripts/command-line/format.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { placements, placeName } from '../../data/coverage.ts';
import { type Group, isRanked, type Member, markBehind, memberName, modelName, rankedBy } from '../../data/groups.ts';
import { boundBefore, type Metric, metricOf, readable, summaryOf } from '../../data/metric.ts';
import type { PlotData } from '../../data/plot-data.ts';
import { choices, decodeFigure, inOrderOfChoice, overNext } from '../../data/verdicts.ts';
import type { Cell, Table } from '../document.ts';
import { count, figure, left, right, words } from '../table.ts';
import { intervalWords } from './answer-sentences.ts';

/** `an answer of 36 tokens to a prompt of 21`: means over the measured answers of the ranked runs. */
export function lengthsOf({ members }: Group): string {
  const runs = members.flatMap((member) => member.runs);
  const mean = (of: (run: RunRow) => number | null) => {
    const answers = runs.reduce((sum, run) => sum + (run.answers ?? 0), 0);
    return answers === 0 ? 0 : runs.reduce((sum, run) => sum + (of(run) ?? 0), 0) / answers;
  };
  return `an answer of ${tokens(mean((run) => run.generated_tokens))} to a prompt of ${tokens(mean((run) => run.prompt_tokens))}`;
}

const tokens = (value: number) => counted(Math.round(value), 'tokens');

/** On what terms all of this was measured. */
export function termsOf(group: Group): string {
  const [run] = group.members[0]?.runs ?? [];
  if (run === undefined) return '';
  const sampler = run.temperature === null || run.temperature === 0 ? 'greedy' : `temperature ${run.temperature}`;
  const size = [
    run.parameters === null ? null : `${millions(run.parameters)} parameters`,
    run.model_bytes === null ? null : `${bytes(run.model_bytes)} file`,
  ].filter((part) => part !== null);
  const formats = [...new Set(group.members.map(({ quantize }) => quantize))].join(', ');
  const machine = [
    run.cpu_model,
    run.physical_cores === null ? null : `${run.physical_cores} cores`,
    `${run.platform} ${run.release}`,
  ];
  return [
    `Measured: ${lengthsOf(group)} on average, of which the end-to-end time is the mean as well (time to first token: the median of a run), at most ${run.max_tokens ?? 'any number of'} tokens, ${sampler}, context ${run.context_tokens ?? 'unknown'}.`,
    `Model: ${modelName(group)}, ${formats}${size.length === 0 ? '' : `, ${size.join(', ')}`}.`,
    `Machine: ${group.hostname} (${machine.filter((part) => part !== null).join(', ')}).`,
  ].join(' ');
}

function millions(parameters: number): string {
  return parameters >= 1e9 ? `${significant(parameters / 1e9)} billion` : `${significant(parameters / 1e6)} million`;
}

/** Who is best by each figure, over whom and how sure. */
export function bestByFigure(group: Group): Table {
  const runs = group.members.flatMap((member) => member.runs);
  return {
    kind: 'table',
    caption: 'The best by each figure, and the next framework',
    columns: [
      ...['Figure', 'Best'].map(left),
      right('Its figure'),
      left('Next'),
      right('Figure of the next'),
      right('Better by', '×'),
      right('95 % interval', '×'),
      right('p (Holm)'),
      left('Verdict'),
    ],
    rows: choices.flatMap(({ title, figure: { metric, better } }) => {
      const [best, ...others] = rankedBy(group, metric, better);
      if (best === undefined) return [];
      const next = others.find(({ member }) => member.framework !== best.member.framework);
      const verdict = overNext(group, { metric, better });
      const scaled = readable(metric, runs);
      return [
        [
          words(title),
          words(memberName(best.member)),
          valueCell(best.member, scaled),
          words(next === undefined ? '–' : memberName(next.member)),
          next === undefined ? words('–') : valueCell(next.member, scaled),
          figure(verdict?.ratio ?? null),
          words(verdict === null ? '–' : intervalWords(verdict.interval, '')),
          words(verdict === null ? '–' : verdict.p < 0.001 ? '< 0.001' : verdict.p.toFixed(3)),
          words(
            (verdict?.sentence ?? (next === undefined ? 'no other framework' : 'does not mean the same in both')) +
              lentBehind(metric, best.member, next?.member),
          ),
        ],
      ];
    }),
  };
}

/** What the engine alone takes is no answer where the other one has its tokenizer inside. */
function lentBehind({ name }: Metric, best: Member, next: Member | undefined): string {
  if (name !== 'peak_rss_bytes' || next === undefined) return '';
  const withIt = [best, next].flatMap((member) => {
    const metric = metricOf('peak_with_tokenizer_bytes');
    const isLent = member.runs.some(({ tokenizer_rss_bytes: lent }) => lent !== null);
    const peak = isLent ? summaryOf(member.runs, metric)?.center : undefined;
    return peak === undefined ? [] : `${bytes(peak)} with the tokenizer process of ${member.framework}`;
  });
  return withIt.map((each) => `; ${each}`).join('');
}

const wholeCell = (value: number | null): Cell => (value === null ? figure(null) : count(value));

function valueCell(member: Member, metric: Metric): Cell {
  const value = summaryOf(member.runs, metric)?.center ?? null;
  if (value === null) return figure(null);
  return { text: `${boundBefore(member.runs, metric)}${significant(value)} ${metric.unit}`, value };
}

/** Contenders with all of the figures, the first ones by choice; those beyond `most` are left out. */
export function contenders(group: Group, most = Number.POSITIVE_INFINITY): Table {
  const runs = group.members.flatMap((member) => member.runs);
  const scaled = choices.map(({ title, figure: { metric } }) => ({ title, metric: readable(metric, runs) }));
  const members = inOrderOfChoice(group).slice(0, most);
  return {
    kind: 'table',
    caption: `${members.length < group.members.length ? `The first ${members.length} of ${group.members.length}` : 'All'} contenders, geometric means over runs`,
    columns: [
      left('Framework'),
      ...scaled.map(({ title, metric: { unit } }) => right(title, unit)),
      right('Threads'),
      left('Version'),
      right('Runs'),
    ],
    rows: members.map((member) => [
      words(memberName(member) + markBehind(member)),
      ...scaled.map(({ metric: one }) => {
        const value = summaryOf(member.runs, one)?.center ?? null;
        return value === null ? figure(null) : { text: `${boundBefore(member.runs, one)}${significant(value)}`, value };
      }),
      wholeCell(member.runs[0]?.threads ?? null),
      words(member.runs[0]?.framework_version ?? null),
      count(member.runs.length),
    ]),
  };
}

/** The same framework on several hosts, one sentence each: hosts are compared and never pooled. */
export function hostSentences(data: Pick<PlotData, 'groups'>): string[] {
  const all = placements(data).flatMap(({ framework, setting, model, weightClass, places }) => {
    const ranked = places
      .filter(({ member }) => isRanked(member))
      .map((place) => ({ place, rate: summaryOf(place.member.runs, decodeFigure.metric) }))
      .flatMap(({ place, rate }) => (rate === null ? [] : [{ place, rate }]))
      .sort((a, b) => b.rate.center - a.rate.center);
    const [first, ...others] = ranked;
    const hosts = new Set(ranked.map(({ place }) => place.group.hostname));
    if (first === undefined || hosts.size < 2) return [];
    const rates = ranked.map(
      ({ place, rate }) =>
        `${significant(rate.center)} ${decodeFigure.metric.unit} on ${placeName(place)}${rate.interval === null ? '' : ` (${intervalWords(rate.interval, '')})`}`,
    );
    const last = others.at(-1) ?? first;
    const name = [framework, setting].filter((part) => part !== '').join(' · ');
    return `${name}, ${model}, ${weightClass}: decodes ${rates.join(', ')}; the first is ${significant(first.rate.center / last.rate.center)}× the last. Hosts were measured at different times.`;
  });
  const more = all.length - mostHostSentences;
  return [
    ...all.slice(0, mostHostSentences),
    ...(more > 0 ? [`${more} more frameworks and weight classes: their rates are in the tables of "Speed".`] : []),
  ];
}

/** More would bury what follows. */
const mostHostSentences = 8;
