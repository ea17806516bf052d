/** Why a run is left out of a trend: something else than the engine decided its speed. Such runs are drawn hollow, and counted. */
import { qualityLimits } from '../../../scripts/results/limits.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';

const hot = ['Serious', 'Critical'];

/** In words; null for a run that was left alone. */
export function disturbanceOf(run: RunRow): string | null {
  const reasons = [
    ...(run.certificate === 'failed' ? [`failed quality checks (${run.certificate_failed ?? 'unnamed'})`] : []),
    ...((run.throttle_events ?? 0) > 0 || hot.includes(run.thermal_pressure ?? '') ? ['throttled'] : []),
    ...(run.gpu_slowed_by?.split(';').includes('thermal') === true ? ['GPU throttled'] : []),
    ...((run.swapped_bytes ?? 0) > qualityLimits.swappedBytes ? ['swapped'] : []),
    ...(run.comparable === false ? ['not comparable'] : []),
  ];
  return reasons.length === 0 ? null : reasons.join(', ');
}
