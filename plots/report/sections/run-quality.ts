/** What makes the figures doubtful: what the machine did meanwhile, host by host, and what the runs warned of. */
import { replacedRuns } from '../../../collate/analysis/counted-runs.ts';
import { groupBy } from '../../../collate/analysis/group-by.ts';
import { groupRuns } from '../../../collate/analysis/groups.ts';
import { figuresOf, measuresOf } from '../../../collate/analysis/measures.ts';
import { counted } from '../../../scripts/command-line/format.ts';
import { noiseFloorText } from '../../../scripts/log/statistics-text.ts';
import { noiseFloor } from '../../../scripts/results/compare.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { groupName, isRanked, isToy, memberName, whyNotRanked } from '../../data/groups.ts';
import type { PlotData } from '../../data/plot-data.ts';
import { failedChecksText, failureCounts, failureRemedy, warningCodes } from '../../data/run-quality.ts';
import { type Block, note, type Section, type Table, text } from '../document.ts';
import type { ReportInput } from '../section.ts';
import { count, left, right, withoutConstants, words } from '../table.ts';

/** Could anything but the thing measured have made the numbers? Host by host, what the machine did meanwhile. */
export function certificate({ data: { runs } }: ReportInput): Section | null {
  const certified = runs.filter((run) => run.certificate !== null);
  if (certified.length === 0) return null;
  const failed = certified.filter((run) => run.certificate === 'failed');
  return {
    id: 'certificate',
    title: 'Run certificate',
    blocks: [text(verdict(certified, failed)), ...hosts(certified), ...failures(failed, runs), ...floors(runs)],
  };
}

function verdict(certified: readonly RunRow[], failed: readonly RunRow[]): string {
  const unknown = certified.filter((run) => run.certificate === 'unknown').length;
  const nothingKnown = unknown === 0 ? '' : ` ${counted(unknown, 'runs')}: load from other processes unknown.`;
  if (failed.length === 0) return `${certified.length - unknown} of ${certified.length} runs passed.${nothingKnown}`;
  return `${failed.length} of ${certified.length} runs failed: ${failureCounts(failed)}.${nothingKnown} They stay in the data and in the verdicts; their points are hollow. Remedies: ${failureRemedy(failed)}.`;
}

function hosts(certified: readonly RunRow[]): Block[] {
  const rows = groupBy(certified, (run) => [run.hostname]).map((ofHost) => [
    words(ofHost[0].hostname),
    count(ofHost.length),
    count(ofHost.filter((run) => run.certificate === 'passed').length),
    range(ofHost, (run) => run.others_cpu_cores, 2),
    range(ofHost, (run) => run.steal_cores, 2),
    range(ofHost, (run) => (run.swapped_bytes === null ? null : run.swapped_bytes / 1e6), 1),
    range(ofHost, (run) => run.throttle_events, 0),
    range(ofHost, (run) => run.clock_min_mhz, 0),
    range(ofHost, (run) => run.temperature_max_c, 0),
    range(ofHost, (run) => (run.drift === null ? null : run.drift * 100), 1),
    range(ofHost, (run) => run.timer_step_ns, 0),
  ]);
  return [
    {
      kind: 'table',
      caption: 'System activity during the runs: minimum to maximum over runs',
      columns: [
        left('Host'),
        right('Runs'),
        right('Passed'),
        right("Others' work", 'cores'),
        right('Stolen', 'cores'),
        right('Swapped', 'MB'),
        right('Throttling', 'events'),
        right('Lowest clock', 'MHz'),
        right('Temperature', '°C'),
        right('Drift', '%'),
        right('Clock step', 'ns'),
      ],
      rows,
    },
    note('–: not available on this machine; the certificate in each log names the sources that were not found.'),
  ];
}

function range(runs: readonly RunRow[], pick: (run: RunRow) => number | null, digits: number) {
  const values = runs.flatMap((run) => pick(run) ?? []);
  if (values.length === 0) return words('–');
  const [least, most] = [Math.min(...values).toFixed(digits), Math.max(...values).toFixed(digits)];
  return words(least === most ? least : `${least} to ${most}`);
}

const mostFailures = 20;

function failures(failed: readonly RunRow[], runs: readonly RunRow[]): Block[] {
  if (failed.length === 0) return [];
  const replaced = new Set(replacedRuns(runs));
  const table: Table = withoutConstants({
    kind: 'table',
    caption: 'Runs that failed',
    columns: [left('Host'), left('Framework'), left('Quantisation'), left('Started'), left('Failed'), left('Remark')],
    rows: failed
      .slice(0, mostFailures)
      .map((run) => [
        words(run.hostname),
        words(run.framework),
        words(run.quantize),
        words(run.started_at?.slice(0, 19).replace('T', ' ') ?? '–'),
        words(failedChecksText(run) || '–'),
        words(replaced.has(run) ? 'replaced by a later run' : run.twin === true ? 'twin' : ''),
      ]),
  });
  const more = failed.length - mostFailures;
  return [table, ...(more > 0 ? [note(`${more} more are in runs.csv.`)] : [])];
}

/** A/A by host and workload, of the rate by which contenders are ordered. */
function floors(runs: readonly RunRow[]): Block[] {
  const groups = groupRuns(runs);
  const counted = groups.flatMap((group) => group.runs);
  const items = groupBy(counted, (run) => [run.hostname, run.workload]).flatMap(([{ hostname, workload }]) => {
    const [measure] = measuresOf(workload);
    const beside = groups.filter(({ key }) => key.hostname === hostname && key.workload === workload);
    const floor = measure === undefined ? null : noiseFloor(beside.map((each) => figuresOf(each, measure)));
    return floor === null ? [] : [`${hostname}, workload ${workload}: ${noiseFloorText(floor)}`];
  });
  if (items.length === 0) {
    return [
      note(
        'The noise floor is unknown: it needs four runs of one framework and format, or benchmark.ts --noise-floor.',
      ),
    ];
  }
  return [
    text('Noise floor: how much identical contenders differ on this machine. No smaller difference counts.'),
    { kind: 'list', items },
  ];
}

/** What makes the numbers doubtful, said aloud: what the runs themselves warned of, and what the tables show. */
export function warnings({ data }: ReportInput): Section | null {
  if (data.runs.length === 0) return null;
  const doubts = [
    ...notRanked(data),
    ...withoutRate(data),
    ...synthetic(data),
    ...toys(data),
    ...notWarm(data),
    ...fewRuns(data),
  ];
  const codes = warningCodes(data.runs);
  const blocks: Block[] = [];
  if (doubts.length > 0) blocks.push({ kind: 'list', items: doubts });
  if (codes.length > 0) {
    blocks.push({
      kind: 'table',
      caption: 'Warnings in the raw logs',
      columns: [left('Warning'), left('Workload'), right('Runs'), left('Frameworks')],
      rows: codes.map(({ code, workloads, runs, frameworks }) => [
        words(code),
        words(workloads.join(', ')),
        count(runs),
        words(frameworks.join(', ')),
      ]),
    });
  }
  return {
    id: 'warnings',
    title: 'Warnings',
    blocks: blocks.length > 0 ? blocks : [text('No run reported a warning.')],
  };
}

function notRanked({ groups }: PlotData): string[] {
  return groups.flatMap((group) =>
    group.members
      .filter((member) => !isRanked(member))
      .map(
        (member) =>
          `${memberName(member)} on ${groupName(group)}: ${whyNotRanked(member)}. It is shown hollow and not ranked.`,
      ),
  );
}

/** Completed, and in no chart of rates: that is said. */
function withoutRate({ runs }: PlotData): string[] {
  const silent = runs.filter(
    (run) => run.status === 'completed' && run.workload === 'qa' && run.decode_tokens_per_s === null,
  );
  if (silent.length === 0) return [];
  const frameworks = [...new Set(silent.flatMap(({ framework }) => framework ?? []))].sort();
  return [
    `${silent.length} completed ${silent.length === 1 ? 'run has' : 'runs have'} no decode rate (${frameworks.join(', ')}): the text arrived in too few pieces to compute one, or the answers are too short. They are in no comparison of decode rates.`,
  ];
}

function synthetic({ groups }: PlotData): string[] {
  const models = [...new Set(groups.filter((group) => group.synthetic).map((group) => group.model))];
  if (models.length === 0) return [];
  return [
    `${models.join(', ')}: synthetic (random) weights. The speed is real, the text is noise, and its quality says nothing.`,
  ];
}

/** Models of which a run said so. */
function toys({ groups }: PlotData): string[] {
  const models = [...new Set(groups.filter(isToy).map((group) => group.model))];
  if (models.length === 0) return [];
  return [
    `${models.join(', ')}: so few weights that the overhead of each step dominates. The rates rank overheads and say little about larger models.`,
  ];
}

function notWarm({ groups }: PlotData): string[] {
  return groups.flatMap((group) =>
    group.members.flatMap((member) => {
      const cold = member.runs.filter((run) => run.not_warm === true);
      if (cold.length === 0) return [];
      const changes = cold.flatMap((run) => (run.drift === null ? [] : Math.abs(run.drift)));
      const most = changes.length === 0 ? '' : `, by up to ${(Math.max(...changes) * 100).toFixed(0)} %`;
      return `${memberName(member)} on ${groupName(group)}: not warm. ${cold.length} of ${member.runs.length} runs still became faster while they were measured${most}; their rates are too low. Raise --warmup N.`;
    }),
  );
}

function fewRuns({ groups }: PlotData): string[] {
  const few = groups.flatMap((group) => group.members.filter((member) => member.runs.length < 3));
  if (few.length === 0) return [];
  return [
    `${few.length} of ${groups.flatMap((group) => group.members).length} results have fewer than three runs, so they have no interval.`,
  ];
}
