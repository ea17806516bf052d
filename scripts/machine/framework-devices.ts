/** What each framework finds on this machine. */
import { probeFramework } from '../engine/probe.ts';
import type { Availability, Framework } from '../frameworks/framework.ts';
import type { FrameworkRecord } from '../log/hardware/hardware-log-format.ts';

/**
 * One after the other: a framework that starts beside others may take itself for hung.
 * @param probe asks one framework; a fake in tests
 */
export async function frameworkDevices(
  frameworks: readonly Framework[],
  onFramework: (framework: Framework) => void,
  probe: (framework: Framework) => Promise<Availability> = probeFramework,
): Promise<FrameworkRecord[]> {
  const records: FrameworkRecord[] = [];
  for (const framework of frameworks) {
    onFramework(framework);
    records.push(recordOf(framework, await probe(framework)));
  }
  return records;
}

export function recordOf({ name, title }: Framework, availability: Availability): FrameworkRecord {
  const of = { type: 'framework', framework: name, title } as const;
  if (availability.status === 'missing') {
    const { reason, remedy } = availability;
    return { ...of, version: null, missing: { reason, remedy }, devices: [], quantizations: null, architectures: null };
  }
  const { version, devices, quantizations, architectures } = availability;
  return {
    ...of,
    version,
    missing: null,
    devices: devices.map(({ kind, name: deviceName, software = false }) => ({ kind, name: deviceName, software })),
    quantizations: quantizations === undefined ? null : [...quantizations],
    architectures: architectures === undefined ? null : [...architectures],
  };
}
