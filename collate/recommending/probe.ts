/** What a host can do, as our own hardware benchmark measured it there: how fast it reads working sets of any size, and computes. */
import type { HardwareRow } from '../../scripts/results/tables-made-anew.ts';

export interface Probe {
  /** Bytes per second, of a working set of so many bytes that is read again and again. */
  bandwidthAt: (workingSetBytes: number) => number;
  /** Of 32-bit floats: the one arithmetic that is measured everywhere. */
  flopsPerSecond: number;
  threads: number | null;
}

export interface ProbeQuestion {
  hostname: string;
  device: string;
  /** Of the processor; a figure of other threads is none for a run. Null: as many as were measured. */
  threads: number | null;
}

/** By the latest complete benchmark of the host. Null where it measured nothing on the device with so many threads. */
export function probeOf(hardware: readonly HardwareRow[], { hostname, device, threads }: ProbeQuestion): Probe | null {
  const ofHost = hardware.filter((row) => row.hostname === hostname && row.status === 'completed');
  const latest = ofHost.reduce((last, { measured_at: at }) => (at !== null && at > last ? at : last), '');
  const onDevice = ofHost.filter((row) => row.measured_at === latest && row.device === device);
  const most = Math.max(0, ...onDevice.map((row) => (row.quantity === 'read_bandwidth' ? (row.threads ?? 0) : 0)));
  const wanted = threads ?? (device === 'cpu' ? most : null);
  const rows = device === 'cpu' ? onDevice.filter((row) => row.threads === wanted) : onDevice;
  const flops = Math.max(0, ...rows.map((row) => (row.quantity === 'f32_arithmetic' ? (row.value ?? 0) : 0)));
  const ladder = ladderOf(rows);
  if (flops === 0 || ladder.length === 0) return null;
  return { bandwidthAt: (bytes) => interpolated(ladder, bytes), flopsPerSecond: flops, threads: wanted };
}

interface Rung {
  bytes: number;
  perSecond: number;
}

/** The readings of the method that read the most working sets; without any, the fastest transfer, for all sizes. */
function ladderOf(rows: readonly HardwareRow[]): Rung[] {
  const byMethod = new Map<string, Rung[]>();
  for (const { quantity, working_set_bytes: bytes, value, method } of rows) {
    if (quantity !== 'read_bandwidth' || bytes === null || value === null) continue;
    byMethod.set(method ?? '', [...(byMethod.get(method ?? '') ?? []), { bytes, perSecond: value }]);
  }
  const ladder = [...byMethod.values()].sort((a, b) => b.length - a.length)[0] ?? [];
  if (ladder.length > 1) return ladder.sort((a, b) => a.bytes - b.bytes);
  const transfers = rows.flatMap(({ quantity, value }) =>
    (quantity === 'read_bandwidth' || quantity === 'copy_bandwidth') && value !== null ? value : [],
  );
  return transfers.length === 0 ? [] : [{ bytes: 1, perSecond: Math.max(...transfers) }];
}

/** Between two rungs on a line of the logarithms; beyond the ends as at the ends. */
function interpolated(ladder: readonly Rung[], bytes: number): number {
  const above = ladder.findIndex((rung) => rung.bytes >= bytes);
  const [low, high] = [ladder[above - 1], ladder[above]];
  if (high === undefined) return ladder.at(-1)?.perSecond ?? Number.NaN;
  if (low === undefined) return high.perSecond;
  const share = Math.log(bytes / low.bytes) / Math.log(high.bytes / low.bytes);
  return low.perSecond * (high.perSecond / low.perSecond) ** share;
}
