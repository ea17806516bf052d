/** Quality of each framework and format beside its decode rate and memory, by host, device and model. */
import { frameworkTitle } from '../../collate/analysis/framework-title.ts';
import { groupBy } from '../../collate/analysis/group-by.ts';
import { contenderKey, differingSettings, taskFieldsOf } from '../../collate/analysis/measurement.ts';
import { judgedRuns, parityOf } from '../../collate/analysis/parity.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { AccuracyRow } from '../../scripts/workloads/accuracy/tables.ts';
import { kinds, type QualityMeasure } from './accuracy-results.ts';
import { markOf, modelName } from './groups.ts';
import { costsOf, type Estimate, type RateSource, rateOfAnswers } from './quality-costs.ts';

export interface QualityPoint {
  readonly framework: string;
  readonly name: string;
  readonly weightClass: string;
  readonly bitsPerWeight: number | null;
  /** Why it is not ranked; null where it is. */
  readonly mark: ReturnType<typeof markOf>;
  readonly quality: Estimate;
  /** Null where no run has this figure. */
  readonly rate: Estimate | null;
  readonly memory: Estimate | null;
  /** Behind rate and memory. */
  readonly runs: number;
  /** As `correct of items`; null where quality is no share of items. */
  readonly counted: { readonly correct: number; readonly items: number } | null;
}

export interface QualityPanel {
  readonly hostname: string;
  readonly device: string;
  readonly model: string;
  readonly measure: QualityMeasure;
  /** What the quality is of, in words. */
  readonly scope: string;
  /** Where the decode rates come from; never of two kinds in one panel. */
  readonly rateSource: RateSource;
  readonly memoryTitle: string;
  readonly points: readonly QualityPoint[];
  /** Names of those that answered other items and cannot stand beside the points. */
  readonly left: readonly string[];
}

/** A run of accuracy.csv, and its row in runs.csv. */
interface Measured {
  row: AccuracyRow;
  run: RunRow;
}

/** One framework in one setting, with what it measured, the latest of each kind. */
interface Contender {
  run: RunRow;
  rows: AccuracyRow[];
  /** Decode rate of the answers to its tasks, whatever the panel shows. */
  ownRate: Estimate | null;
}

export function qualityPanels(accuracy: readonly AccuracyRow[], runs: readonly RunRow[]): QualityPanel[] {
  const byUuid = new Map(runs.map((run) => [run.uuid, run]));
  const measured = accuracy.flatMap((row): Measured[] => {
    const run = byUuid.get(row.uuid);
    return run === undefined || row.complete === false ? [] : [{ row, run }];
  });
  return groupBy(measured, ({ run }) => [run.hostname, run.device, run.model, run.synthetic]).flatMap((place) => {
    const contenders = contendersOf(place);
    const shares = panelOf('share', contenders, runs);
    const kl = panelOf('kl', contenders, runs);
    return [shares ?? panelOf('perplexity', contenders, runs), kl].filter((panel) => panel !== null);
  });
}

function contendersOf(measured: readonly Measured[]): Contender[] {
  return groupBy(measured, ({ run }) => [contenderKey(run), run.comparable]).map((same) => {
    const latestFirst = same.toSorted((a, b) => (b.run.started_at ?? '').localeCompare(a.run.started_at ?? ''));
    const rows = groupBy(latestFirst, ({ row }) => [keyOf(row)]).map(([{ row }]) => row);
    return { run: latestFirst[0]?.run ?? same[0].run, rows, ownRate: rateOfAnswers(rows) };
  });
}

/** What two results must have in common to be compared. */
function keyOf(row: AccuracyRow): string {
  const { measure, task, items_sha256, max_tokens, temperature, text_sha256, chunk_tokens, reference } = row;
  return JSON.stringify(
    measure === 'task' ? [task, items_sha256, max_tokens, temperature] : [text_sha256, chunk_tokens, reference],
  );
}

function panelOf(
  measure: QualityMeasure,
  contenders: readonly Contender[],
  runs: readonly RunRow[],
): QualityPanel | null {
  const able = contenders
    .map((each) => ({ ...each, rows: each.rows.filter((row) => kinds[measure].has(row)) }))
    .filter(({ rows }) => rows.length > 0);
  const keys = commonKeys(able);
  const compared = able
    .map((each) => ({ ...each, rows: each.rows.filter((row) => keys.has(keyOf(row))) }))
    .filter(({ rows }) => rows.length === keys.size);
  const [first] = compared;
  if (first === undefined) return null;
  const names = nameAll(able.map(({ run }) => run));
  const { of: costs, rateSource, memoryTitle } = costsOf(compared, runs);
  return {
    hostname: first.run.hostname ?? 'unknown host',
    device: first.run.device ?? 'unknown device',
    model: modelName({ model: first.run.model ?? 'unknown model', synthetic: first.run.synthetic === true }),
    measure,
    scope: kinds[measure].scope(first.rows),
    rateSource,
    memoryTitle,
    points: compared.map(({ run, rows }, i) => {
      const { quality, counted } = kinds[measure].estimate(rows);
      return {
        framework: run.framework ?? 'unknown framework',
        name: names(run),
        weightClass: run.weight_class ?? 'unknown weight class',
        bitsPerWeight: run.bits_per_weight,
        mark: markOf({ comparable: run.comparable !== false, parity: parityOf(judgedRuns([run], runs)) }),
        quality,
        counted,
        ...(costs[i] ?? { rate: null, memory: null, runs: 0 }),
      };
    }),
    left: able.filter((each) => !compared.some(({ run }) => run === each.run)).map(({ run }) => names(run)),
  };
}

/** Keys that every contender has; where there are none, the one that most have. */
function commonKeys(contenders: readonly Contender[]): Set<string> {
  const keys = contenders.flatMap(({ rows }) => rows.map(keyOf));
  const byFrequency = groupBy(keys, (key) => [key]).sort((a, b) => b.length - a.length);
  const common = byFrequency.filter((alike) => alike.length === contenders.length);
  return new Set((common.length > 0 ? common : byFrequency.slice(0, 1)).map(([key]) => key));
}

function nameAll(runs: readonly RunRow[]): (run: RunRow) => string {
  const silent = [...runs.flatMap(taskFieldsOf), 'model.quantize', 'model.weightClass', 'model.sha256'];
  return (run) => [`${frameworkTitle(run)} ${run.quantize}`, ...differingSettings(run, runs, silent)].join(', ');
}
