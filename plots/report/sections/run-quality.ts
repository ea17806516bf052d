/** What may have disturbed the runs: what the system monitor saw, host by host, which runs failed which checks, and how noisy each machine is. */
import { replacedRuns } from '../../../collate/analysis/counted-runs.ts';
import { frameworkTitle } from '../../../collate/analysis/framework-title.ts';
import { groupBy } from '../../../collate/analysis/group-by.ts';
import { groupRuns } from '../../../collate/analysis/groups.ts';
import { figuresOf, measuresOf } from '../../../collate/analysis/measures.ts';
import { counted } from '../../../scripts/command-line/format.ts';
import { noiseFloorText } from '../../../scripts/log/statistics-text.ts';
import { noiseFloor } from '../../../scripts/results/compare.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { failedChecksText, failureCounts, failureRemedy } from '../../data/run-quality.ts';
import { type Block, list, note, text } from '../document.ts';
import type { Part } from '../section.ts';
import { count, type Field, left, right, tableIfAny, withoutConstants } from '../table.ts';

/** Could anything but the thing measured have made the numbers? Host by host, what the machine did meanwhile. */
export const runQuality: Part = {
  id: 'run-quality',
  title: 'Run quality',
  blocks({ data: { runs } }) {
    const checked = runs.filter((run) => run.certificate !== null);
    if (checked.length === 0) return [];
    const failed = checked.filter((run) => run.certificate === 'failed');
    return [
      text(outcomeOf(checked, failed)),
      ...tableIfAny(
        'System activity during the runs: minimum to maximum over runs',
        groupBy(checked, (run) => [run.hostname]),
        hostFields,
      ),
      note('–: not available on this machine; the system monitor in each log names the sources that were not found.'),
      ...failures(failed, runs),
      ...floors(runs),
    ];
  },
};

export function outcomeOf(checked: readonly RunRow[], failed: readonly RunRow[]): string {
  const unknown = checked.filter((run) => run.certificate === 'unknown').length;
  const nothingKnown = unknown === 0 ? '' : ` ${counted(unknown, 'runs')}: load from other processes unknown.`;
  const of = `of ${counted(checked.length, 'runs')}`;
  if (failed.length === 0) return `${checked.length - unknown} ${of} passed their quality checks.${nothingKnown}`;
  return `${failed.length} ${of} failed their quality checks: ${failureCounts(failed)}.${nothingKnown} They stay in the data and in the verdicts; their points are hollow. Remedies: ${failureRemedy(failed)}.`;
}

const hostFields: ReadonlyArray<Field<readonly [RunRow, ...RunRow[]]>> = [
  [left('Host'), ([run]) => run.hostname],
  [right('Runs'), (runs) => count(runs.length)],
  [right('Passed'), (runs) => count(runs.filter((run) => run.certificate === 'passed').length)],
  [right("Others' work", 'cores'), range((run) => run.others_cpu_cores, 2)],
  [right('Stolen', 'cores'), range((run) => run.steal_cores, 2)],
  [right('Swapped', 'MB'), range((run) => (run.swapped_bytes === null ? null : run.swapped_bytes / 1e6), 1)],
  [right('Throttling', 'events'), range((run) => run.throttle_events, 0)],
  [right('Lowest clock', 'MHz'), range((run) => run.clock_min_mhz, 0)],
  [right('Temperature', '°C'), range((run) => run.temperature_max_c, 0)],
  [right('Drift', '%'), range((run) => (run.drift === null ? null : run.drift * 100), 1)],
  [right('Clock step', 'ns'), range((run) => run.timer_step_ns, 0)],
];

/** From the least to the most. */
function range(of: (run: RunRow) => number | null, digits: number) {
  return (runs: readonly RunRow[]): string => {
    const values = runs.flatMap((run) => of(run) ?? []);
    if (values.length === 0) return '–';
    const [least, most] = [Math.min(...values).toFixed(digits), Math.max(...values).toFixed(digits)];
    return least === most ? least : `${least} to ${most}`;
  };
}

const mostFailures = 20;

function failures(failed: readonly RunRow[], runs: readonly RunRow[]): Block[] {
  const replaced = new Set(replacedRuns(runs));
  const more = failed.length - mostFailures;
  return [
    ...tableIfAny('Runs that failed their quality checks', failed.slice(0, mostFailures), [
      [left('Host'), (run) => run.hostname],
      [left('Framework'), (run) => frameworkTitle(run)],
      [left('Quantisation'), (run) => run.quantize],
      [left('Started'), (run) => run.started_at?.slice(0, 19).replace('T', ' ') ?? '–'],
      [left('Failed'), (run) => failedChecksText(run) || '–'],
      [left('Remark'), (run) => (replaced.has(run) ? 'replaced by a later run' : run.twin === true ? 'twin' : '')],
    ]).map(withoutConstants),
    ...(more > 0 ? [note(`${more} more are in runs.csv.`)] : []),
  ];
}

/** The noise floor (A/A) by host and workload, in the rate by which contenders are ordered. */
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
  return list(
    items,
    'Noise floor: how much identical contenders differ on this machine. No smaller difference counts.',
  );
}
