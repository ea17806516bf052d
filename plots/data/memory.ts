/**
 * Memory over the time of one run for each member, the run whose peak is the median of its runs; and how weights lie in memory:
 * some frameworks convert what the file has when they load it, and then read other bytes.
 */
import { frameworkTitle } from '../../collate/analysis/framework-title.ts';
import { groupBy } from '../../collate/analysis/group-by.ts';
import type { MemoryRow } from '../../scripts/results/memory-table.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { Group, Member } from './groups.ts';

export interface MemorySeries {
  readonly group: Group;
  readonly member: Member;
  readonly run: RunRow;
  /** Ascending in time; peaks are not among them. */
  readonly points: readonly MemoryPoint[];
  readonly phases: readonly Phase[];
  /** The peaks of load and inference. */
  readonly peaks: readonly Peak[];
}

interface MemoryPoint {
  readonly seconds: number;
  readonly bytes: number;
  /** Engine and separate tokenizer process together; null where there is no such process. */
  readonly withTokenizerBytes: number | null;
}

export interface Phase {
  readonly name: 'start' | 'load' | 'warmup' | 'measured';
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

interface Peak {
  readonly name: 'load' | 'inference';
  /** When the first reading shows it. */
  readonly seconds: number;
  readonly bytes: number;
}

/** Null where no run of it has a series: logs of before have single moments only. */
function typicalRun({ runs }: Pick<Member, 'runs'>): RunRow | null {
  const known = runs
    .filter(({ average_rss_bytes, peak_rss_bytes }) => average_rss_bytes !== null && peak_rss_bytes !== null)
    .toSorted((a, b) => (a.peak_rss_bytes ?? 0) - (b.peak_rss_bytes ?? 0));
  return known[Math.floor((known.length - 1) / 2)] ?? null;
}

/** Uuids of the runs that may be shown: the series of the others need not be read. */
export function typicalRuns(groups: readonly Group[]): string[] {
  return groups.flatMap(({ members }) => members.flatMap((member) => typicalRun(member)?.uuid ?? []));
}

/** @param rows of memory.csv by uuid of the run */
export function memorySeries(
  groups: readonly Group[],
  rows: ReadonlyMap<string, readonly MemoryRow[]>,
): MemorySeries[] {
  return groups.flatMap((group) =>
    group.members.flatMap((member) => {
      const run = typicalRun(member);
      const found = run?.uuid == null ? undefined : rows.get(run.uuid);
      return run === null || found === undefined ? [] : [{ group, member, run, ...seriesOf(found) }];
    }),
  );
}

const peakNames = { load_peak: 'load', inference_peak: 'inference' } as const;

function seriesOf(rows: readonly MemoryRow[]): Pick<MemorySeries, 'points' | 'phases' | 'peaks'> {
  const timed = rows
    .flatMap((row) =>
      row.elapsed_ms === null || row.rss_bytes === null
        ? []
        : [{ ...row, seconds: row.elapsed_ms / 1000, bytes: row.rss_bytes }],
    )
    .toSorted((a, b) => a.seconds - b.seconds);
  const readings = timed.filter(({ moment }) => moment !== null && !moment.endsWith('peak'));
  return {
    points: readings.map(({ seconds, bytes, tokenizer_rss_bytes: tokenizer }) => ({
      seconds,
      bytes,
      withTokenizerBytes: tokenizer === null ? null : bytes + tokenizer,
    })),
    phases: phasesOf(readings),
    peaks: timed.flatMap(({ moment, seconds, bytes }) =>
      moment === 'load_peak' || moment === 'inference_peak' ? [{ name: peakNames[moment], seconds, bytes }] : [],
    ),
  };
}

/** A phase lasts to the last of its readings, or the first of the next where none lies at its edge. */
function phasesOf(readings: ReadonlyArray<{ phase: string | null; seconds: number }>): Phase[] {
  const phases: Phase[] = [];
  let fromSeconds = 0;
  for (const [i, { phase, seconds }] of readings.entries()) {
    const next = readings[i + 1];
    if (next?.phase === phase || !isPhase(phase)) continue;
    phases.push({ name: phase, fromSeconds, toSeconds: seconds });
    fromSeconds = seconds;
  }
  return phases;
}

function isPhase(phase: string | null): phase is Phase['name'] {
  return phase === 'start' || phase === 'load' || phase === 'warmup' || phase === 'measured';
}

/** Bits per weight of the weights that a decoded token reads. */
export function bitsInMemory({ runs }: Pick<Member, 'runs'>): number | null {
  const [run] = runs;
  return run?.resident_bits_per_weight ?? run?.bits_per_weight ?? null;
}

export function isConverted({ runs }: Pick<Member, 'runs'>): boolean {
  return runs.some((run) => run.resident_format !== null);
}

/** A line for a picture: who converts to what. Empty where everybody runs the weights as the file has them. */
export function residentLines(groups: readonly Group[]): string[] {
  const members = groups.flatMap((group) => group.members);
  const converted = members.filter(isConverted).flatMap(({ runs }) => runs.slice(0, 1));
  if (converted.length === 0) return [];
  const said = [...new Set(converted.map((run) => `${frameworkTitle(run)} ${formatOf(run)}`))];
  const rest = members.every(isConverted) ? '' : '; otherwise as in the file';
  return [`Weights in memory: ${said.join(', ')}${rest}.`];
}

/** Sentences for a report: what each framework makes of which files. */
export function conversionSentences(groups: readonly Group[]): string[] {
  const runs = groups.flatMap((group) => group.members.filter(isConverted).flatMap((member) => member.runs));
  return groupBy(runs, (run) => [run.framework, formatOf(run)]).map((alike) => {
    const [run] = alike;
    const inFile = [...new Set(alike.flatMap((each) => each.bits_per_weight ?? []))].sort((a, b) => b - a);
    const resident = run.resident_bits_per_weight ?? 0;
    const done = inFile.some((each) => each < resident)
      ? 'dequantised'
      : inFile.some((each) => each > resident)
        ? 'quantised'
        : 'converted';
    return `${frameworkTitle(run)}: ${formatOf(run)}, ${done} at load from files of ${inFile.map(bitsText).join(', ')} bits per weight.`;
  });
}

/** `float32 (32 bits)`. */
function formatOf({ resident_format: format, resident_bits_per_weight: bits }: RunRow): string {
  return bits === null ? `${format}` : `${format} (${bitsText(bits)} bits)`;
}

/** Three digits at most, and none for nothing: 32, 8.5, 4.54. */
const bitsText = (bits: number) => String(Number(bits.toPrecision(3)));
