/** From the tables of a results folder to series: the runs that asked the same question of the same thing, in the order of time. */
import type { Measurement } from '../../../scripts/log/measurement.ts';
import { differingWords } from '../../../scripts/log/measurement-words.ts';
import { type RunRow, runsTable } from '../../../scripts/results/runs/runs.ts';
import { medianInterval } from '../../../scripts/statistics/median-interval.ts';
import { noiseFloorOf } from '../../../scripts/statistics/noise-floor.ts';
import { centerInterval, type Interval, median } from '../../../scripts/statistics/statistics.ts';
import { answersTable } from '../../../scripts/workloads/questions/tables.ts';
import { countedRuns, identicalRuns, twinsAmong } from '../../analysis/counted-runs.ts';
import { frameworkTitle } from '../../analysis/framework-title.ts';
import { groupBy, joinBy } from '../../analysis/group-by.ts';
import { measurementOf } from '../../analysis/measurement.ts';
import { samplesOf, titleOf } from '../../analysis/measures.ts';
import { readRowByRow, readTable } from '../../tables/read.ts';
import { disturbanceOf } from './disturbance.ts';
import { type AnswerFigure, answerFigures, type TrendMetric, trendMetrics } from './metrics.ts';
import { askedOf, changeableOf, identityOf, seriesId } from './series-key.ts';

/** A run; or the runs of one session, which share what was different that day. */
export interface Point {
  /** When its first run started, ISO 8601. */
  at: string;
  /** One or more, in the order in which they started. */
  runs: readonly RunRow[];
  value: number;
  /** 95 %: of the median of the run's answers; of several runs, of their mean. Null with too few. */
  interval: Interval | null;
  /** Why it is left out; null where it is not. */
  disturbed: string | null;
  /** What may change within a series, as the first run recorded it. */
  facts: Measurement;
}

export interface History {
  id: string;
  /** 'llama.cpp, SmolLM2-135M q4_0 (4-bit), qa, box-1'. */
  name: string;
  host: string;
  metric: TrendMetric;
  title: string;
  unit: string;
  /** In the order of time, the disturbed ones among them. */
  points: readonly Point[];
  /** What identical cells differed by on this host, as a share; 0 where that was not measured. */
  floor: number;
}

/** Answers of a run, by figure. */
type Answers = ReadonlyMap<string, Partial<Record<AnswerFigure, readonly number[]>>>;

/**
 * @param rows of runs.csv, where it was read already
 * @throws UserError with exit code 3 where nothing was collated
 */
export async function readHistories(output: string, rows = readTable(output, runsTable)): Promise<History[]> {
  return historiesOf(rows, await readAnswers(output));
}

async function readAnswers(output: string): Promise<Answers> {
  const answers = new Map<string, Partial<Record<AnswerFigure, number[]>>>();
  for await (const row of readRowByRow(output, answersTable)) {
    if (row.phase !== 'measured' || row.uuid === null) continue;
    const figures = answers.get(row.uuid) ?? {};
    answers.set(row.uuid, figures);
    for (const name of answerFigures) {
      const value = row[name];
      if (value === null || value <= 0) continue;
      figures[name] ??= [];
      figures[name].push(value);
    }
  }
  return answers;
}

interface Kept {
  run: RunRow;
  identity: Measurement;
}

/** @param rows of runs.csv, in any order */
export function historiesOf(rows: readonly RunRow[], answers: Answers = new Map()): History[] {
  const placed = (runs: readonly RunRow[]): Kept[] =>
    runs
      .filter((run) => run.started_at !== null && run.measurement !== null)
      .map((run) => ({ run, identity: identityOf(measurementOf(run)) }));
  const key = ({ identity }: Kept) => [JSON.stringify(identity)];
  const counted = placed(countedRuns(rows).filter(({ workload }) => workload !== 'chat'));
  const series = joinBy(
    groupBy(counted, key).map((members) => ({ identity: members[0].identity, members })),
    placed(twinsAmong(rows)),
    ({ identity }) => [JSON.stringify(identity)],
  );
  const asked = series.map(([{ members }]) => askedOf(measurementOf(members[0].run)));
  return series.flatMap(([{ identity, members }, twins], i) => {
    const runs = members.map(({ run }) => run).sort((a, b) => (a.started_at ?? '').localeCompare(b.started_at ?? ''));
    const identical = identicalRuns(
      runs,
      twins.map(({ run }) => run),
    );
    const name = nameOf(runs, asked[i] ?? {}, asked);
    return trendMetrics(runs[0]?.workload ?? null).flatMap((metric): History[] => {
      const points = pointsOf(runs, metric, answers);
      if (points.length === 0) return [];
      const pairs = identical.map(({ a, b }) => ({ a: samplesOf(a, metric), b: samplesOf(b, metric) }));
      const host = runs[0]?.hostname ?? 'unknown host';
      const floor = noiseFloorOf([], pairs)?.share ?? 0;
      return [{ id: seriesId(identity, metric.column), name, host, metric, ...titleOf(metric), points, floor }];
    });
  });
}

const silent = ['framework.name', 'workload', 'model.name', 'model.quantize', 'model.weightClass', 'host.hostname'];

function nameOf([run]: readonly RunRow[], asked: Measurement, all: readonly Measurement[]): string {
  const alike = all.filter((other) => silent.every((name) => other[name] === asked[name]));
  const model = `${run?.model ?? 'unknown model'} ${run?.quantize ?? ''}`.trim();
  return [
    frameworkTitle(run ?? {}),
    run?.weight_class == null ? model : `${model} (${run.weight_class})`,
    run?.workload ?? 'unknown workload',
    ...differingWords(asked, alike, silent),
    run?.hostname ?? 'unknown host',
  ].join(', ');
}

/** Runs of one session are one point, the disturbed ones among them apart. */
function pointsOf(runs: readonly RunRow[], metric: TrendMetric, answers: Answers): Point[] {
  const measured = runs.flatMap((run) => {
    const value = figureOf(run, metric, answers);
    return value === null ? [] : [{ run, ...value, disturbed: disturbanceOf(run) }];
  });
  return groupBy(measured, ({ run, disturbed }) => [run.session ?? run.uuid, disturbed]).map((members): Point => {
    const [first, ...others] = members;
    const values = members.map(({ value }) => value);
    return {
      at: first.run.started_at ?? '',
      runs: members.map(({ run }) => run),
      value: median(values),
      interval: others.length === 0 ? first.interval : centerInterval(values),
      disturbed: first.disturbed,
      facts: factsOf(first.run, metric),
    };
  });
}

/** A prefill rate that is a lower bound is another figure. */
function factsOf(run: RunRow, { column }: TrendMetric): Measurement {
  const facts = changeableOf(measurementOf(run));
  const isBound = column === 'prefill_tokens_per_s' ? run.prefill_is_lower_bound : null;
  return isBound === null ? facts : { ...facts, 'effective.settings.prefillIsLowerBound': isBound };
}

function figureOf(
  run: RunRow,
  { column, answers: figure }: TrendMetric,
  answers: Answers,
): { value: number; interval: Interval | null } | null {
  const samples = figure === null ? undefined : answers.get(run.uuid ?? '')?.[figure];
  if (samples !== undefined) return { value: median(samples), interval: medianInterval(samples) };
  const value = run[column];
  return value === null || value <= 0 ? null : { value, interval: null };
}
