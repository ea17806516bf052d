/**
 * The latest A/A of each host, kept beside its results so that later runs can cite it: what two identical runs differ by here.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type CertificateRecord, noiseFloorSchema } from './certificate-records.ts';

type KnownFloor = NonNullable<CertificateRecord['noiseFloor']>;

const fileSchema = z.record(z.string(), noiseFloorSchema.extend({ measuredAt: z.iso.datetime() }));

const pathIn = (output: string) => join(output, '.noise-floor.json');

/** Null before the first on this host, and where the file is not readable: it can be measured again. */
export function knownNoiseFloor(output: string, hostname: string): KnownFloor | null {
  return readAll(output)[hostname] ?? null;
}

export function keepNoiseFloor(output: string, hostname: string, floor: KnownFloor): void {
  const path = pathIn(output);
  writeFileSync(`${path}.next`, `${JSON.stringify({ ...readAll(output), [hostname]: floor }, null, 2)}\n`);
  renameSync(`${path}.next`, path);
}

function readAll(output: string): Record<string, KnownFloor> {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(pathIn(output), 'utf8')));
  } catch {
    return {};
  }
}
