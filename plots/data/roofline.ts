/** Runs under the roof of their host: what each framework did per second and per byte, below the measured ceilings. */
import { groupBy } from '../../collate/analysis/group-by.ts';
import type { HardwareRow } from '../../collate/tables/columns/hardware.ts';
import type { RunRow } from '../../collate/tables/columns/runs.ts';
import { centerOf } from '../../scripts/measure/statistics.ts';
import { modelName } from './groups.ts';

export interface RooflinePoint {
  readonly framework: string;
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

/** Of memory or a cache: GB/s; of arithmetic: GFLOP/s. */
export interface RooflineCeiling {
  readonly kind: 'bandwidth' | 'arithmetic';
  readonly label: string;
  readonly value: number;
}

/** Questions and kernel tests never share a panel. */
export interface RooflinePanel {
  readonly hostname: string;
  readonly device: string;
  readonly workload: string;
  /** Null where all of them fit into one panel. */
  readonly weightClass: string | null;
  readonly ceilings: readonly RooflineCeiling[];
  readonly points: readonly RooflinePoint[];
}

const giga = 1e9;
/** More labels than these do not fit beside their points. */
const mostPoints = 14;

export function rooflinePanels(runs: readonly RunRow[], hardware: readonly HardwareRow[]): RooflinePanel[] {
  const usable = runs.filter((run) => run.status === 'completed' && run.hardware_uuid !== null && isPlaced(run));
  const several = new Set(usable.map(modelOf)).size > 1;
  return groupBy(usable, (run) => [run.hostname, run.device, run.workload]).flatMap((group): RooflinePanel[] => {
    const [first] = group;
    const panel = {
      hostname: first.hostname ?? 'unknown host',
      device: first.device ?? 'unknown device',
      workload: first.workload ?? 'qa',
      ceilings: ceilingsOf(group, hardware),
    };
    const points = groupBy(group, settingOf).flatMap((same) => pointsOf(same, several));
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

function isPlaced(run: RunRow): boolean {
  return run.bandwidth_ceiling_gb_s !== null && (run.decode_gflop_s !== null || run.prefill_gflop_s !== null);
}

function settingOf(run: RunRow) {
  return [run.framework, modelOf(run), run.quantize, run.resident_format, run.threads, run.comparable, run.n_prompt];
}

function modelOf(run: RunRow): string {
  return modelName({ model: run.model ?? 'unknown model', synthetic: run.synthetic === true });
}

function pointsOf(runs: readonly [RunRow, ...RunRow[]], severalModels: boolean): RooflinePoint[] {
  const [run] = runs;
  // '4-bit integers, a float32 scale for each 32' is said in full in the table.
  const inMemory = run.resident_format === null ? '' : ` as ${run.resident_format.split(',')[0]}`;
  const model = severalModels ? ` ${run.size ?? modelOf(run)}` : '';
  const meanOf = (
    name: 'decode_gflop_s' | 'decode_flop_per_byte' | 'mbu' | 'prefill_gflop_s' | 'prefill_flop_per_byte' | 'mfu',
  ) => {
    const values = runs.flatMap((each) => each[name] ?? []);
    return values.length === 0 ? null : centerOf(values);
  };
  const point = (
    phase: RooflinePoint['phase'],
    gigaflops: number | null,
    flopPerByte: number | null,
    utilization: number | null,
    bound: string | null,
  ): RooflinePoint[] =>
    gigaflops === null || flopPerByte === null || gigaflops <= 0 || flopPerByte <= 0
      ? []
      : [
          {
            framework: run.framework ?? 'unknown framework',
            name: `${run.framework}${model} ${run.quantize}${inMemory}`,
            phase,
            flopPerByte,
            gigaflops,
            utilization,
            bound,
            flags: [...new Set(runs.flatMap((each) => each.roofline_flags?.split(';') ?? []))],
            comparable: run.comparable !== false,
            run,
            runs: runs.length,
          },
        ];
  return [
    ...point('decode', meanOf('decode_gflop_s'), meanOf('decode_flop_per_byte'), meanOf('mbu'), run.decode_bound),
    ...point('prefill', meanOf('prefill_gflop_s'), meanOf('prefill_flop_per_byte'), meanOf('mfu'), run.prefill_bound),
  ];
}

/** Those of the benchmark that the latest run was held against; a cache's as far as a run fits into it. */
function ceilingsOf(runs: readonly [RunRow, ...RunRow[]], hardware: readonly HardwareRow[]): RooflineCeiling[] {
  const latest = runs.toSorted((a, b) => (a.started_at ?? '').localeCompare(b.started_at ?? '')).at(-1) ?? runs[0];
  const measured = hardware.filter(({ uuid, device }) => uuid === latest.hardware_uuid && device === latest.device);
  const highest = (rows: readonly HardwareRow[]) => Math.max(0, ...rows.map((row) => row.value ?? 0)) / giga;
  const reads = measured.filter(({ quantity }) => quantity === 'read_bandwidth');
  const largest = Math.max(0, ...reads.map((row) => row.working_set_bytes ?? 0));
  const memory = highest(reads.filter((row) => row.working_set_bytes === null || row.working_set_bytes === largest));
  const copies = highest(measured.filter(({ quantity }) => quantity === 'copy_bandwidth'));
  const cache = Math.max(
    0,
    ...runs.filter((run) => run.bandwidth_level === 'cache').map((run) => run.bandwidth_ceiling_gb_s ?? 0),
  );
  const arithmetic = (['f32', 'f16', 'int8'] as const).map((numbers) => ({
    kind: 'arithmetic' as const,
    label: numbers === 'int8' ? 'int8' : numbers.toUpperCase(),
    value: highest(measured.filter(({ quantity }) => quantity === `${numbers}_arithmetic`)),
  }));
  return [
    { kind: 'bandwidth' as const, label: 'memory', value: latest.device === 'cpu' ? memory : Math.max(memory, copies) },
    { kind: 'bandwidth' as const, label: 'cache', value: cache },
    ...arithmetic,
  ].filter(({ value }) => value > 0);
}
