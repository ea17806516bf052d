/** The page as one file: reads the tables of a folder, packs what the page shows, and puts code and data into its HTML. */
import { gzipSync } from 'node:zlib';
import { memoryTable } from '../../scripts/results/memory-table.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import { hardwareTable } from '../../scripts/results/tables-made-anew.ts';
import { loadTable } from '../../scripts/workloads/load/tables.ts';
import { poolTable } from '../../scripts/workloads/pool/tables.ts';
import { groupRuns } from '../data/groups.ts';
import type { PlotData } from '../data/plot-data.ts';
import { readPlotData } from '../data/read-plot-data.ts';
import { dashboardHtml } from './html.ts';
import { ByteWriter, joined } from './packing/bytes.ts';
import { packGroups } from './packing/groups.ts';
import { packRows } from './packing/rows.ts';
import { TokenCollector } from './packing/tokens.ts';
import { trendSeries } from './packing/trend-series.ts';
import { type Payload, payloadSchema } from './payload.ts';
import { type RecommendationView, recommendationView } from './recommendation.ts';

/** A browser opens a file of so many bytes in a moment; a larger one loses tokens first. */
const largestBytes = 25e6;

export interface Dashboard {
  readonly html: string;
  readonly runs: number;
  /** In the tables; the page has fewer where `answersPerRun` says so. */
  readonly tokens: number;
  readonly answersPerRun: number | null;
}

/** @throws UserError with exit code 3 where nothing was collated */
export async function buildDashboard(output: string, { watched = false } = {}): Promise<Dashboard> {
  const tokens = new TokenCollector();
  const data = await readPlotData(output, (token) => tokens.add(token));
  return makeDashboard(data, tokens, { watched });
}

/** @param largest bytes of the file */
export async function makeDashboard(
  data: PlotData,
  tokens: TokenCollector,
  { watched = false, largest = largestBytes } = {},
): Promise<Dashboard> {
  const recommendation = recommendationView(data);
  let answersPerRun: number | null = null;
  for (;;) {
    const html = await dashboardHtml(packed({ data, recommendation }, tokens, answersPerRun, watched), watched);
    const answers: number = answersPerRun ?? tokens.mostAnswers;
    if (html.length <= largest || answers === 0)
      return { html, runs: data.runs.length, tokens: tokens.count, answersPerRun };
    answersPerRun = Math.floor(answers / 2);
  }
}

function packed(
  { data, recommendation }: { data: PlotData; recommendation: RecommendationView | null },
  tokens: TokenCollector,
  answersPerRun: number | null,
  watched: boolean,
): string {
  const { runs } = data;
  const writer = new ByteWriter();
  const payload: Payload = {
    schema: payloadSchema,
    latest:
      runs
        .map((run) => run.started_at ?? '')
        .sort()
        .at(-1) ?? '',
    watched,
    runs: packRows(runsTable.columns, runs, writer),
    memory: packRows(memoryTable.columns, [...data.memory.values()].flat(), writer),
    load: packRows(loadTable.columns, data.load, writer),
    pool: packRows(poolTable.columns, data.pool, writer),
    hardware: packRows(hardwareTable.columns, data.hardware, writer),
    groups: packGroups([...data.groups, ...groupRuns(runs, 'kernel'), ...groupRuns(runs, 'embedding')], runs),
    trend: trendSeries(data.trend, runs),
    tokens: tokens.pack(
      runs.map(({ uuid }) => uuid),
      answersPerRun,
      writer,
    ),
    recommendation,
  };
  return gzipSync(joined(payload, writer.bytes()), { level: 9 }).toString('base64');
}
