/** Where nothing can be said, and what to measure so that something can. */
import { shellLine, startWords } from '../../scripts/command-line/shell-line.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { HardwareRow } from '../../scripts/results/tables-made-anew.ts';
import type { Recommendation } from './recommendation.ts';

export interface Refusal {
  hostname: string;
  model: string;
  reason: string;
  command: string;
}

interface Known {
  runs: readonly RunRow[];
  hardware: readonly HardwareRow[];
  hosts: readonly string[] | undefined;
}

/** @param models that were asked for, by id */
export function refusalsOf(
  models: readonly string[],
  recommendations: readonly Recommendation[],
  { runs, hardware, hosts }: Known,
): Refusal[] {
  const names = hosts ?? [...new Set([...runs, ...hardware].flatMap(({ hostname }) => hostname ?? []))].sort();
  return names.flatMap((hostname) => {
    const told = recommendations.filter((each) => each.hostname === hostname);
    const isProbed = hardware.some((row) => row.hostname === hostname && row.status === 'completed');
    return models
      .filter((model) => !told.some((each) => each.model === model))
      .map((model) => ({
        ...{ hostname, model },
        ...(isProbed
          ? {
              reason: 'it was not measured there, and no framework was measured on such a device anywhere',
              command: shellLine([...startWords('scripts/benchmark.ts'), '--model', model]),
            }
          : {
              reason:
                'it was not measured there, and without a hardware benchmark of that host nothing can be predicted',
              command: shellLine(startWords('scripts/hardware-benchmark.ts')),
            }),
      }));
  });
}
