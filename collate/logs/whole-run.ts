/** A run as the tables take it: with the ceilings of its host, and what asks for such a run. */
import { recordedValues } from '../../scripts/log/recorded-values.ts';
import { scriptOf } from '../../scripts/log/repeating-command.ts';
import type { Run } from '../../scripts/results/run.ts';
import type { FoundHardwareLog } from '../../scripts/results/tables-made-anew.ts';
import { closestHardware } from './find.ts';

/** @param hardware all benchmarks of hardware in the folder */
export function wholeRun(run: Run, hardware: readonly FoundHardwareLog[]): Run {
  const { header } = run;
  const ceilings = closestHardware(hardware, { host: header.host, startedAtMs: Date.parse(header.startedAt) });
  return { ...run, hardware: ceilings, command: { script: scriptOf(header), options: recordedValues(header) } };
}
