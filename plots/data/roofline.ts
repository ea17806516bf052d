/** Runs under the roof of their host: what each framework did per second and per byte, below the measured ceilings. */
import { frameworkTitle } from '../../collate/analysis/framework-title.ts';
import { groupBy } from '../../collate/analysis/group-by.ts';
import { poolKey } from '../../collate/analysis/groups.ts';
import { ownSettings } from '../../collate/analysis/measurement.ts';
import { cachesPerArray } from '../../scripts/results/hardware/last-cache.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { HardwareRow } from '../../scripts/results/tables-made-anew.ts';
import { modelName } from './groups.ts';
import { meanOf } from './metric.ts';

export interface RooflinePoint {
  readonly framework: string;
  /** The framework as its makers write it. */
  readonly title: string;
  readonly name: string;
  readonly phase: 'decode' | 'prefill';
  readonly flopPerByte: number;
  readonly gigaflops: number;
  /** MBU of decoding, MFU of the prompt; null where the ceiling is unknown. */
  readonly utilization: number | null;
  readonly bound: string | null;
  readonly flags: readonly string[];
  readonly comparable: boolean;
  /** Values of the runs behind it, one of them for what they share. */
  readonly run: RunRow;
  readonly runs: number;
}

export interface RooflineCeiling {
  readonly kind: 'bandwidth' | 'arithmetic';
  readonly label: string;
  /** Over which the bandwidth of a cache was measured; null where its size is no matter. */
  readonly readBytes: number | null;
  /** GB/s of memory or a cache, GFLOP/s of arithmetic. */
  readonly value: number;
}

/** Runs that are compared with the same ceilings: of one benchmark, with so many threads. Questions and kernel tests are apart. */
export interface RooflinePanel {
  readonly hostname: string;
  readonly device: string;
  /** Null where threads are no matter. */
  readonly threads: number | null;
  readonly workload: string;
  /** Null where all of them fit into one panel. */
  readonly weightClass: string | null;
  readonly ceilings: readonly RooflineCeiling[];
  readonly points: readonly RooflinePoint[];
}

const giga = 1e9;
const memoryLabel = 'memory';
/** More labels than these do not fit beside their points. */
const mostPoints = 14;

export function rooflinePanels(runs: readonly RunRow[], hardware: readonly HardwareRow[]): RooflinePanel[] {
  const usable = runs.filter((run) => run.status === 'completed' && run.hardware_uuid !== null && isPlaced(run));
  const several = new Set(usable.map(modelOf)).size > 1;
  return groupBy(usable, placeOf).flatMap((group): RooflinePanel[] => {
    const [first] = group;
    const panel = {
      hostname: first.hostname ?? 'unknown host',
      device: first.device ?? 'unknown device',
      threads: first.device === 'cpu' ? first.threads : null,
      workload: first.workload ?? 'qa',
      ceilings: ceilingsOf(group, hardware),
    };
    const points = groupBy(group, poolKey).flatMap((same) => pointsOf(same, several, group));
    if (points.length <= mostPoints) return [{ ...panel, weightClass: null, points }];
    const classes = [...new Set(points.map(({ run }) => run.weight_class ?? 'unknown weight class'))];
    return classes
      .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
      .map((weightClass) => ({
        ...panel,
        weightClass,
        points: points.filter(({ run }) => (run.weight_class ?? 'unknown weight class') === weightClass),
      }));
  });
}

export function panelName(panel: RooflinePanel): string {
  const parts = [panel.hostname, panel.device, threadsName(panel), workloadName(panel), panel.weightClass];
  return parts.filter((part) => part !== null).join(' · ');
}

function threadsName({ threads }: RooflinePanel): string | null {
  if (threads === null) return null;
  return threads === 1 ? 'one thread' : `${threads} threads`;
}

export function workloadName({ workload }: RooflinePanel): string {
  return workload === 'kernel' ? 'kernel workload' : workload === 'qa' ? 'questions' : workload;
}

function placeOf(run: RunRow) {
  return [run.hostname, run.device, run.workload, run.device === 'cpu' ? run.threads : null, run.hardware_uuid];
}

const isOfModel = (run: RunRow) => (other: RunRow) => other.model === run.model && other.quantize === run.quantize;

function isPlaced(run: RunRow): boolean {
  return run.bandwidth_ceiling_gb_s !== null && (run.decode_gflop_s !== null || run.prefill_gflop_s !== null);
}

function modelOf(run: RunRow): string {
  return modelName({ model: run.model ?? 'unknown model', synthetic: run.synthetic === true });
}

/** What the name of a point or its panel says. */
const said = ['model.name', 'model.sha256', 'model.quantize', 'model.weightClass', 'effective.settings.threads'];

/** The columns of a run that place it, by phase. */
const phases = [
  {
    phase: 'decode',
    rate: 'decode_gflop_s',
    intensity: 'decode_flop_per_byte',
    share: 'mbu',
    bound: 'decode_bound',
  },
  {
    phase: 'prefill',
    rate: 'prefill_gflop_s',
    intensity: 'prefill_flop_per_byte',
    share: 'mfu',
    bound: 'prefill_bound',
  },
] as const;

function pointsOf(
  runs: readonly [RunRow, ...RunRow[]],
  severalModels: boolean,
  all: readonly RunRow[],
): RooflinePoint[] {
  const [run] = runs;
  const setting = ownSettings(run, all.filter(isOfModel(run)), said);
  // '4-bit integers, a float32 scale for each 32' is said in full in the table.
  const inMemory = run.resident_format === null ? '' : ` as ${run.resident_format.split(',')[0]}`;
  const model = severalModels ? ` ${run.size ?? modelOf(run)}` : '';
  return phases.flatMap(({ phase, rate, intensity, share, bound }): RooflinePoint[] => {
    const [gigaflops, flopPerByte] = [meanOf(runs, rate), meanOf(runs, intensity)];
    if (gigaflops === null || flopPerByte === null || gigaflops <= 0 || flopPerByte <= 0) return [];
    return [
      {
        framework: run.framework ?? 'unknown framework',
        title: frameworkTitle(run),
        name: [`${frameworkTitle(run)}${model} ${run.quantize}${inMemory}`, ...setting].join(', '),
        phase,
        flopPerByte,
        gigaflops,
        utilization: meanOf(runs, share),
        bound: run[bound],
        flags: [...new Set(runs.flatMap((each) => each.roofline_flags?.split(';') ?? []))],
        comparable: run.comparable !== false,
        run,
        runs: runs.length,
      },
    ];
  });
}

/**
 * The ceilings that the runs are compared with, so that a point lies below its line by the share that the report states; and
 * those of memory and arithmetic beside them, with as many threads.
 */
function ceilingsOf(runs: readonly [RunRow, ...RunRow[]], hardware: readonly HardwareRow[]): RooflineCeiling[] {
  const [{ hardware_uuid: uuid, device, threads }] = runs;
  const measured = hardware.filter(
    (row) => row.uuid === uuid && row.device === device && (device !== 'cpu' || row.threads === threads),
  );
  const most = (rows: readonly HardwareRow[]) => Math.max(0, ...rows.map(({ value }) => value ?? 0)) / giga;
  const arithmetic = (['f32', 'f16', 'int8'] as const).map((numbers) => ({
    kind: 'arithmetic' as const,
    label: numbers === 'int8' ? 'int8' : numbers.toUpperCase(),
    readBytes: null,
    value: most(measured.filter(({ quantity }) => quantity === `${numbers}_arithmetic`)),
  }));
  // Narrower numbers that are no faster than F32 are computed in F32, and bound nothing.
  const peaks = arithmetic.filter(({ label, value }) => label === 'F32' || value > (arithmetic[0]?.value ?? 0));
  const reads = runs.flatMap(bandwidthOf);
  const beside: RooflineCeiling[] = reads.some(({ label }) => label === memoryLabel)
    ? []
    : [{ kind: 'bandwidth', label: memoryLabel, readBytes: null, value: most(readsOfMemory(measured)) }];
  const all = [...reads, ...beside, ...peaks].filter(({ value }) => value > 0);
  return groupBy(all, ({ label, readBytes, value }) => [label, readBytes, value]).map(([one]) => one);
}

function bandwidthOf(run: RunRow): RooflineCeiling[] {
  const { bandwidth_ceiling_gb_s: value, bandwidth_level: level, bandwidth_working_set_bytes: bytes } = run;
  if (value === null) return [];
  if (level === 'memory') return [{ kind: 'bandwidth', label: memoryLabel, readBytes: null, value }];
  // Where it is not known what the bytes came from, or they came from both, the line has no name but what was done.
  return [{ kind: 'bandwidth', label: level === 'cache' ? 'cache' : 'reading', readBytes: bytes, value }];
}

/** Only by STREAM's rule: what was read is four times as large as the last cache, whose size is known. */
function readsOfMemory(measured: readonly HardwareRow[]): HardwareRow[] {
  const reads = measured.filter(({ quantity }) => quantity === 'read_bandwidth');
  const largest = Math.max(0, ...reads.map((row) => row.working_set_bytes ?? 0));
  return reads.filter(
    ({ working_set_bytes: bytes, last_cache_bytes: cache }) =>
      bytes === largest && cache !== null && bytes >= cachesPerArray * cache,
  );
}
