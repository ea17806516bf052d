/** What came of a replay: as data for programs, and as a person reads it. */
import { significant } from '../../command-line/format.ts';
import { paint, table } from '../../command-line/terminal.ts';
import type { RunRecord } from '../../log/run-log-format.ts';
import type { RunOutcome } from '../../run/run.ts';
import { agreements, type FigureAgreement } from './agreement.ts';
import { type Difference, measuredAnswers, type OutputAgreement, outputAgreement } from './differences.ts';
import type { RecordedRun } from './recorded-run.ts';

export type ReplayResult = ReturnType<typeof replayResult>;

/** @param floor share up to which a difference is not told from none */
export function replayResult(
  recorded: RecordedRun,
  { header, logPath, end, records }: Omit<RunOutcome, 'exitCode'>,
  sisters: ReadonlyArray<readonly RunRecord[]>,
  differences: readonly Difference[],
  floor: number,
) {
  const figures = agreements(recorded.records, records, sisters, floor);
  const outputs = measuredAnswers(recorded.records).length === 0 ? null : outputAgreement(recorded.records, records);
  const { uuid, startedAt, host } = recorded.header;
  return {
    recorded: { log: recorded.path, uuid, startedAt, doubts: recorded.doubts },
    replayed: { log: logPath, uuid: header.uuid, status: end.status, error: end.error?.message ?? null },
    /** Of the last minute when each run began; null where the system does not report it. */
    loadAverage: { recorded: host.loadAverage1m ?? null, replayed: header.host.loadAverage1m ?? null },
    differences,
    floor,
    figures,
    /** Null for runs without answers. */
    outputs,
    agrees: end.status === 'completed' && figures.length > 0 && figures.every(({ agrees }) => agrees),
  };
}

export function replayText(result: ReplayResult): string {
  const { figures, outputs } = result;
  return [
    differencesText(result.differences),
    ...(figures.length === 0 ? [] : [figuresTable(figures), basisText(figures, result.floor)]),
    ...(outputs === null ? [] : [outputsText(outputs)]),
    verdictText(result),
    `${loadText(result)}${paint('dim', 'raw log')} ${result.replayed.log}`,
  ].join('\n\n');
}

function differencesText(differences: readonly Difference[]): string {
  if (differences.length === 0) {
    return 'Nothing differs: the same model file, questions, prompt ids, settings, engine version and host.';
  }
  const rows = differences.map(({ what, recorded, here }) => [what, recorded, here]);
  return `${paint('bold', 'What differs')}\n${table(['', 'recorded', 'here'], rows, 'lll')}`;
}

function figuresTable(figures: readonly FigureAgreement[]): string {
  return table(
    ['', 'recorded', 'replayed', 'ratio', '95 % interval', 'agrees'],
    figures.map(({ figure, unit, recorded, replayed, ratio, interval, agrees }) => [
      `${figure} (${unit})`,
      significant(recorded),
      significant(replayed),
      ratio.toFixed(3),
      interval === null ? '-' : `${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}`,
      agrees ? 'yes' : 'no',
    ]),
    'lrrrrl',
    { dropFirst: ['95 % interval', 'recorded', 'replayed'] },
  );
}

/** Which noise the intervals know of. */
function basisText([first]: readonly FigureAgreement[], floor: number): string {
  const rule = `A figure agrees when its interval comes within ${significant(floor * 100, 2)} % of 1.`;
  switch (first?.basis.kind) {
    case 'runs':
      return `${rule} The interval is where one more run lies, from ${first.basis.count} recorded runs of the same.`;
    case 'answers':
    case 'repetitions':
      return `${rule} The interval is over ${first.basis.count} ${first.basis.kind} of one run each: it does not know how runs differ among themselves. Three recorded runs of the same in one folder would tell; or allow more with --floor.`;
    default:
      return rule;
  }
}

function outputsText({ compared, identical, first }: OutputAgreement): string {
  if (first === null) return `Outputs: the tokens of all ${compared} answers are identical.`;
  const where = `question "${first.questionId}" in round ${first.round}, token ${first.position}`;
  return `Outputs: ${identical} of ${compared} answers have identical tokens; the first that differs: ${where}.`;
}

function verdictText({ agrees, figures, replayed }: ReplayResult): string {
  if (replayed.status !== 'completed') {
    return paint('red', `The replay ${replayed.status}: ${replayed.error ?? 'no reason given'}`);
  }
  if (figures.length === 0) {
    return paint('yellow', 'The replay completed, but the recorded run has no figures to compare with.');
  }
  const apart = figures.filter((figure) => !figure.agrees).map(({ figure }) => figure);
  return agrees
    ? paint('green', 'The new result agrees with the recorded one.')
    : paint('red', `The new result differs from the recorded one in ${apart.join(', ')}.`);
}

/** Two runs differ most often because the machine was busier in one of them. */
function loadText({ loadAverage: { recorded, replayed } }: ReplayResult): string {
  if (recorded === null || replayed === null) return '';
  return `${paint('dim', 'load average')} ${recorded.toFixed(1)} recorded, ${replayed.toFixed(1)} here\n`;
}
