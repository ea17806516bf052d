/** How weights lie in memory: some frameworks convert what the file has when they load it, and then read other bytes. */
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { Group, Member } from './groups.ts';

/** Of the weights that a decoded token reads. */
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
  const said = [...new Set(converted.map((run) => `${run.framework} ${formatOf(run)}`))];
  const rest = members.every(isConverted) ? '' : '; otherwise as in the file';
  return [`Weights in memory: ${said.join(', ')}${rest}.`];
}

/** Sentences for a report: what each framework makes of which files. */
export function conversionSentences(groups: readonly Group[]): string[] {
  const files = new Map<string, { run: RunRow; bits: Set<number> }>();
  for (const { runs } of groups.flatMap((group) => group.members).filter(isConverted)) {
    for (const run of runs) {
      const key = `${run.framework} ${formatOf(run)}`;
      const found = files.get(key) ?? { run, bits: new Set<number>() };
      if (run.bits_per_weight !== null) found.bits.add(run.bits_per_weight);
      files.set(key, found);
    }
  }
  return [...files.values()].map(({ run, bits }) => {
    const inFile = [...bits].sort((a, b) => b - a);
    const resident = run.resident_bits_per_weight ?? 0;
    const done = inFile.some((each) => each < resident)
      ? 'dequantised'
      : inFile.some((each) => each > resident)
        ? 'quantised'
        : 'converted';
    return `${run.framework}: ${formatOf(run)}, ${done} at load from files of ${inFile.map(bitsText).join(', ')} bits per weight.`;
  });
}

/** `float32 (32 bits)`. */
function formatOf({ resident_format: format, resident_bits_per_weight: bits }: RunRow): string {
  return bits === null ? `${format}` : `${format} (${bitsText(bits)} bits)`;
}

/** Three digits at most, and none for nothing: 32, 8.5, 4.54. */
const bitsText = (bits: number) => String(Number(bits.toPrecision(3)));
