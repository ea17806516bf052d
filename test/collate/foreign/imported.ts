/** Result files of other tools, imported as the command does. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readForeignFile, toolNamed } from '../../../collate/foreign/import-file.ts';
import type { ForeignFile, ForeignMetric } from '../../../scripts/log/foreign-file.ts';
import { outputFolder } from '../../fakes/output-folder.ts';

const recorded = fileURLToPath(new URL('recorded/', import.meta.url));

export function recordedPath(name: string): string {
  return join(recorded, name);
}

export function recordedText(name: string): string {
  return readFileSync(recordedPath(name), 'utf8');
}

export function importRecorded(name: string): ForeignFile {
  return readForeignFile(recordedPath(name), outputFolder(), undefined).record;
}

/** @throws UserError as the command does */
export function importText(text: string | Buffer, tool?: string): ForeignFile {
  const folder = outputFolder();
  // No name tells what it is.
  const path = join(folder, 'results');
  writeFileSync(path, text);
  return readForeignFile(path, folder, tool === undefined ? undefined : toolNamed(tool)).record;
}

/** Value under our definition by the tool's name of the metric; the reason where there is none. */
export function oursOf(metrics: readonly ForeignMetric[]): Record<string, number | string> {
  return Object.fromEntries(
    metrics.map(({ name, ours }) => [name, ours.kind === 'derived' ? ours.value : ours.reason]),
  );
}
