/** What a user chooses by: end-to-end time of a stated answer, first token, decode, prefill and memory, and under what terms. */
import { bytes, counted, significant } from '../../../scripts/command-line/format.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import type { Interval } from '../../../scripts/statistics/statistics.ts';
import { type Group, type Member, markBehind, memberName, modelName, rankedBy, titleName } from '../../data/groups.ts';
import { boundBefore, type Metric, metricOf, readable, summaryOf } from '../../data/metric.ts';
import { choices, inOrderOfChoice, overNext } from '../../data/verdicts.ts';
import type { Cell, Table } from '../document.ts';
import { count, type Field, figure, left, right, shown, summaryCells, tableOf } from '../table.ts';

/** Who is best by each figure, over whom and how sure. */
export function bestByFigure(group: Group): Table {
  const runs = group.members.flatMap((member) => member.runs);
  const rows = choices.flatMap(({ title, figure: { metric, better } }) => {
    const [best, ...others] = rankedBy(group, metric, better).map(({ member }) => member);
    if (best === undefined) return [];
    const next = others.find((member) => member.framework !== best.framework);
    const verdict = overNext(group, { metric, better });
    return { title, metric: readable(metric, runs), best, next, verdict };
  });
  return tableOf('The best by each figure, and the next framework', rows, [
    [left('Figure'), ({ title }) => title],
    [left('Best'), ({ best }) => titleName(best, group)],
    [right('Its figure'), ({ best, metric }) => valueCell(best, metric)],
    [left('Next'), ({ next }) => (next === undefined ? '–' : titleName(next, group))],
    [right('Figure of the next'), ({ next, metric }) => (next === undefined ? '–' : valueCell(next, metric))],
    [right('Better by', '×'), ({ verdict }) => figure(verdict?.ratio ?? null)],
    [right('95 % interval', '×'), ({ verdict }) => intervalWords(verdict?.interval ?? null, '')],
    [
      right('p (Holm)'),
      ({ verdict }) => (verdict === null ? '–' : verdict.p < 0.001 ? '< 0.001' : verdict.p.toFixed(3)),
    ],
    [
      left('Verdict'),
      ({ metric, best, next, verdict }) =>
        (verdict?.sentence ?? (next === undefined ? 'no other framework' : 'does not mean the same in both')) +
        tokenizerBehind(metric, best, next),
    ],
  ]);
}

/** What the engine alone takes is no answer where the other one has its tokenizer inside. */
function tokenizerBehind({ name }: Metric, best: Member, next: Member | undefined): string {
  if (name !== 'peak_rss_bytes' || next === undefined) return '';
  const withIt = [best, next].flatMap((member) => {
    const metric = metricOf('peak_with_tokenizer_bytes');
    const isSeparate = member.runs.some(({ tokenizer_rss_bytes: own }) => own !== null);
    const peak = isSeparate ? summaryOf(member.runs, metric)?.center : undefined;
    return peak === undefined ? [] : `${bytes(peak)} with the tokenizer process of ${member.title}`;
  });
  return withIt.map((each) => `; ${each}`).join('');
}

function valueCell(member: Member, metric: Metric): Cell {
  const value = summaryOf(member.runs, metric)?.center ?? null;
  return shown(value, (center) => `${boundBefore(member.runs, metric)}${significant(center)} ${metric.unit}`);
}

/** Contenders with all of the figures, the first ones by choice; those beyond `most` are left out. */
export function contenders(group: Group, most = Number.POSITIVE_INFINITY): Table {
  const runs = group.members.flatMap((member) => member.runs);
  const members = inOrderOfChoice(group).slice(0, most);
  const caption = `${members.length < group.members.length ? `The first ${members.length} of ${group.members.length}` : 'All'} contenders, geometric means over runs`;
  return tableOf(caption, members, [
    [left('Framework'), (member) => memberName(member) + markBehind(member)],
    ...choices.map(({ title, figure: { metric } }): Field<Member> => {
      const scaled = readable(metric, runs);
      return [right(title, scaled.unit), (member) => summaryCells(member, scaled)[0]];
    }),
    [right('Threads'), ({ runs: [run] }) => shown(run?.threads ?? null, String)],
    [left('Version'), ({ runs: [run] }) => run?.framework_version ?? null],
    [right('Runs'), (member) => count(member.runs.length)],
  ]);
}

export function intervalWords(interval: Interval | null, unit = '×'): string {
  return interval === null ? '–' : `${significant(interval.low)}${unit} to ${significant(interval.high)}${unit}`;
}

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
  return [
    `Measured: ${lengthsOf(group)} on average, of which the end-to-end time is the mean as well (time to first token: the median of a run), at most ${run.max_tokens ?? 'any number of'} tokens, ${sampler}, context ${run.context_tokens ?? 'unknown'}.`,
    `Model: ${modelName(group)}, ${formats}${size.length === 0 ? '' : `, ${size.join(', ')}`}.`,
  ].join(' ');
}

/** `Machine: box-1 (AMD EPYC 7B13, 2 cores, 24 GB of memory, linux 6.1.0).` */
export function machineOf({ hostname, members }: Group): string {
  const [run] = members[0]?.runs ?? [];
  if (run === undefined) return `Machine: ${hostname}.`;
  const { cpu_model: cpu, physical_cores: cores, memory_bytes: memory, platform, release } = run;
  const parts = [
    cpu,
    cores === null ? null : counted(cores, 'cores'),
    memory === null ? null : `${bytes(memory)} of memory`,
    [platform, release].filter((part) => part !== null).join(' '),
  ];
  return `Machine: ${hostname} (${parts.filter((part) => part !== null && part !== '').join(', ')}).`;
}

function millions(parameters: number): string {
  return parameters >= 1e9 ? `${significant(parameters / 1e9)} billion` : `${significant(parameters / 1e6)} million`;
}
