/**
 * The latest A/A of each host, kept beside its results so that later runs can cite it: what two identical runs differ by here.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../../command-line/files/folders.ts';
import { readTextFile } from '../../command-line/files/text-file.ts';
import { type CertificateRecord, type NoiseFloor, noiseFloorSchema } from '../../log/records/certificate-records.ts';

type KnownFloor = NonNullable<CertificateRecord['noiseFloor']>;

const fileSchema = z.record(z.string(), noiseFloorSchema.extend({ measuredAt: z.iso.datetime() }));

const pathIn = (output: string) => join(output, '.noise-floor.json');

/** Null before the first on this host, and where the file is not readable: it can be measured again. */
export function knownNoiseFloor(output: string, hostname: string): KnownFloor | null {
  return readAll(output)[hostname] ?? null;
}

/** Nothing is kept where too few runs could tell it. */
export function keepNoiseFloor(output: string, hostname: string | undefined, floor: NoiseFloor | null): void {
  if (hostname === undefined || floor === null) return;
  const path = pathIn(output);
  const all = { ...readAll(output), [hostname]: { ...floor, measuredAt: new Date().toISOString() } };
  writeWhole(path, `${JSON.stringify(all, null, 2)}\n`);
}

function readAll(output: string): Record<string, KnownFloor> {
  try {
    return fileSchema.parse(JSON.parse(readTextFile(pathIn(output))));
  } catch {
    return {};
  }
}
