/** What was asked for and what the engine said of itself bound what can have been done. */

import { weightClassOf } from '../../log/records/model-record.ts';
import type { Header } from '../../log/run-log-format.ts';
import { askedNumber, type LogWatch } from './log-watch.ts';

export function watchBounds(header: Header): LogWatch {
  let effectiveNs: number | undefined;
  let told = false;

  return {
    record(record) {
      const faults: Array<string | null> = told ? [] : headerFaults(header);
      told = true;
      if (record.type === 'effective') effectiveNs = record.atNs;
      if ('phase' in record && 'startNs' in record) {
        if (effectiveNs !== undefined && record.startNs < effectiveNs)
          faults.push(`${record.type} at ${record.startNs} ns, and the engine was ready at ${effectiveNs} ns`);
      }
      if (record.type === 'warm_up' && record.ended === 'fixed') {
        const asked = askedNumber(header, 'warmUp');
        if (asked !== undefined && record.tries !== asked)
          faults.push(`a warm-up of ${record.tries} tries, and ${asked} were asked for`);
      }
      if (record.type === 'end' && record.status === 'completed' && record.error !== undefined)
        faults.push('the run completed, and names an error');
      return faults;
    },
    end: () => [],
  };
}

const sha256 = /^[0-9a-f]{64}$/;

/** A part is no larger than the whole, a format is of one class, and a hash is one. */
function headerFaults({ host, model, questions }: Header): string[] {
  const faults: string[] = [];
  const { usable, physicalCores, logicalCores, memoryBytes, loadAverage1m } = host;
  // Where no logical processors are reported, one core is assumed.
  if (logicalCores > 0 && physicalCores > logicalCores)
    faults.push(`${physicalCores} physical cores, and ${logicalCores} logical processors`);
  if (typeof loadAverage1m === 'number' && loadAverage1m < 0) faults.push(`a load average of ${loadAverage1m}`);
  if (!sha256.test(model.sha256)) faults.push('the sha256 of the model is no sha256');
  if (questions !== undefined && !sha256.test(questions.sha256))
    faults.push('the sha256 of the questions is no sha256');
  if (usable !== undefined && usable.cores > logicalCores)
    faults.push(`${usable.cores} cores to be used, of ${logicalCores}`);
  if (usable !== undefined && usable.memoryBytes > memoryBytes)
    faults.push(`${usable.memoryBytes} B of memory to be used, of ${memoryBytes} B`);
  const { got, weightClass } = model.quantization;
  const known = weightClassOf(got);
  if (known !== 'unknown' && known !== weightClass) faults.push(`${got} is of the class ${known}, not ${weightClass}`);
  return faults;
}
