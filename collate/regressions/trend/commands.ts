/** `regressions.ts [trend]`, `explain SERIES` and `bless SERIES`. */
import { userInfo } from 'node:os';
import { exitCodes, UserError, usageError } from '../../../scripts/command-line/errors.ts';
import { counted } from '../../../scripts/command-line/format.ts';
import { suggestion } from '../../../scripts/command-line/options.ts';
import { program } from '../../../scripts/command-line/program.ts';
import { progress } from '../../../scripts/command-line/progress.ts';
import { scriptLine } from '../../../scripts/command-line/shell-line.ts';
import { isInteractive, print, printJson } from '../../../scripts/command-line/terminal.ts';
import { defaults } from '../../../scripts/settings/defaults.ts';
import { addBlessings, type Blessing, readBlessings } from './blessings.ts';
import { explainText } from './explain-text.ts';
import { readHistories } from './history.ts';
import { type JudgedSeries, judgeSeries } from './judge.ts';
import { dayOf, failsBuild, trendReport } from './report.ts';
import { trendText } from './trend-text.ts';

const folderHelp = 'folder with runs.csv in it';

export function trendCommand() {
  return program(
    'trend',
    'Searches every series for steps and drifts. Exit code 1: a metric that can fail a build regressed.',
    [
      ['npx tsx collate/regressions.ts trend', 'every series of benchmark_output'],
      ['npx tsx collate/regressions.ts trend --json | jq .sentence', 'the same for programs'],
    ],
  )
    .option('--output <dir>', folderHelp, defaults.output)
    .option('--json', 'print the report as JSON', false)
    .action(async ({ output, json }) => {
      const report = trendReport(await judgedIn(output), output);
      if (json) printJson(report);
      else print(trendText(report, output));
      if (failsBuild(report)) process.exitCode = exitCodes.failed;
    });
}

export function explainCommand() {
  return program('explain', 'Prints every decision about a series with the gates that led to it.', [
    ['npx tsx collate/regressions.ts explain 1f2e3d4c', 'the series of that id'],
    ['npx tsx collate/regressions.ts explain llamacpp', 'every series with this word in its name or metric'],
  ])
    .argument('<series>', 'id of a series, or a word of its name or metric')
    .option('--output <dir>', folderHelp, defaults.output)
    .option('--json', 'print points, tests and gates as JSON', false)
    .action(async (asked, { output, json }) => {
      const series = seriesNamed(asked, await judgedIn(output), output);
      if (json) printJson(series.map(explained));
      else print(series.map(explainText).join('\n\n'));
    });
}

export function blessCommand() {
  return program('bless', 'Accepts the level of a series: from its last change on it is judged anew.', [
    ["npx tsx collate/regressions.ts bless 1f2e3d4c --reason 'larger context'", 'from its last change on'],
    ["npx tsx collate/regressions.ts bless llamacpp --all --reason 'new driver'", 'every changed series of that name'],
    ["npx tsx collate/regressions.ts bless 1f2e3d4c --from 2026-11-02 --reason 'new machine'", 'from a day on'],
  ])
    .argument('<series>', 'id of a series, or a word of its name or metric')
    .requiredOption('--reason <text>', 'why this level is accepted')
    .option(
      '--from <instant>',
      'first run of the new baseline, ISO 8601 (default: the first one behind the last change)',
    )
    .option('--by <name>', 'who accepts it (default: the user of the system)')
    .option('--all', 'every series that is meant, where there are several', false)
    .option('--output <dir>', folderHelp, defaults.output)
    .option('--json', 'print what was blessed as JSON', false)
    .action(async (asked, options) => {
      const { output, json } = options;
      if (options.reason.trim() === '') throw usageError('--reason is empty', 'Say why the level is accepted.');
      const series = seriesNamed(asked, await judgedIn(output), output);
      const blessings = blessingsFor(series, { ...options, asked, by: options.by ?? userInfo().username });
      addBlessings(output, blessings);
      if (json) printJson(blessings);
      else
        print(blessings.map(({ name, metric, from }) => `Blessed: ${metric} of ${name}, from ${from} on.`).join('\n'));
    });
}

/** @throws UserError with exit code 3 where nothing was collated */
async function judgedIn(output: string): Promise<JudgedSeries[]> {
  const histories = await readHistories(output);
  const line = isInteractive(process.stderr) ? progress('searching series') : null;
  try {
    return judgeSeries(histories, readBlessings(output), (done) => line?.update(done, histories.length));
  } finally {
    line?.end();
  }
}

/** By id, else by a word of name or metric. @throws UserError where there is none */
function seriesNamed(asked: string, all: readonly JudgedSeries[], output: string): JudgedSeries[] {
  const exact = all.filter(({ history }) => history.id === asked);
  if (exact.length > 0) return exact;
  const word = asked.toLowerCase();
  const found = all.filter(({ history: { name, metric } }) => `${name} ${metric.column}`.toLowerCase().includes(word));
  if (found.length > 0) return found;
  const meant = suggestion(
    asked,
    all.map(({ history }) => history.id),
  );
  throw new UserError(`there is no series "${asked}" in ${output}${meant === '' ? '' : ` (${meant})`}`, {
    exitCode: exitCodes.usage,
    remedy: `\`${scriptLine('collate/regressions.ts', output, 'trend', '--json')}\` lists them.`,
  });
}

interface BlessOptions {
  asked: string;
  reason: string;
  by: string;
  from?: string | undefined;
  all: boolean;
}

function blessingsFor(series: readonly JudgedSeries[], { asked, reason, by, from, all }: BlessOptions): Blessing[] {
  const at = new Date().toISOString();
  const baselines = series.flatMap((each) => {
    const start = from === undefined ? baselineOf(each) : instantOf(from);
    const { id, name, metric } = each.history;
    return start === null ? [] : [{ series: id, name, metric: metric.column, from: start, by, at, reason }];
  });
  if (baselines.length === 0) {
    throw usageError(`nothing changed in ${asked}`, 'Name the first run of the new baseline with --from.');
  }
  if (baselines.length > 1 && !all) {
    const named = baselines.slice(0, 5).map(({ series: id, metric }) => `${id} (${metric})`);
    throw usageError(
      `"${asked}" means ${counted(baselines.length, 'series')}: ${named.join(', ')}${baselines.length > 5 ? ', ...' : ''}`,
      'Name one by its id, or add --all.',
    );
  }
  return baselines;
}

/** Behind a step; behind a drift, the last run. */
function baselineOf({ findings, points }: JudgedSeries): string | null {
  const last = findings.filter(({ told }) => told).at(-1);
  if (last === undefined) return null;
  return last.kind === 'step' ? last.point.at : (points[last.to - 1]?.at ?? null);
}

function instantOf(text: string): string {
  const instant = new Date(text);
  if (!Number.isNaN(instant.getTime())) return instant.toISOString();
  throw usageError(`--from ${text} is no instant`, 'Write it as 2026-11-02 or 2026-11-02T08:00:00Z.');
}

/** For programs: without the runs, which are in runs.csv under these uuids. */
function explained({ history, points, disturbed, past, blessing, tests, findings, verdict }: JudgedSeries) {
  const short = (list: JudgedSeries['points']) =>
    list.map(({ at, value, interval, runs, disturbed: why }) => ({
      at,
      value,
      interval,
      runs: runs.map(({ uuid }) => uuid),
      disturbed: why,
    }));
  const { id, name, host, metric, floor } = history;
  return {
    series: id,
    name,
    host,
    metric: metric.column,
    floor,
    verdict,
    blessing: blessing ?? null,
    points: short(points),
    disturbed: short(disturbed),
    past: short(past),
    tests,
    findings: findings.map(({ kind, from, to, at, change, p, gates, told, verdict: found, changed, point }) => {
      const since = { instant: point.at, day: dayOf(point.at) };
      return { kind, verdict: found, told, since, from, to, at, change, p, gates, changed };
    }),
  };
}
