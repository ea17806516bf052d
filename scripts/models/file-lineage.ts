/** The lineage of a file on this machine: from the note beside it, from the file itself, or that nothing is known. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { type Lineage, lineageKey, ownTool, parseLineage } from '../log/lineage.ts';
import { readDigestNote } from './file-digest.ts';
import { type GgufMetadata, numberField, textField } from './gguf-format.ts';

/**
 * @param sha256 of the file
 * @returns a lineage without steps where nothing is recorded: then the file is the root itself
 */
export function lineageOf(path: string, sha256: string, metadata: GgufMetadata): Lineage {
  const note = readDigestNote(path);
  if (note?.lineage !== undefined && note.sha256 === sha256 && note.bytes === statSync(path).size) return note.lineage;
  const written = textField(metadata, lineageKey);
  const parsed = written === undefined ? undefined : parseLineage(written);
  if (parsed !== undefined) return parsed;
  const root = { sha256, name: basename(path) };
  const seed = numberField(metadata, 'tokenlap.synthetic.seed');
  return { root, steps: seed === undefined ? [] : [synthesizeStep(seed)] };
}

/** Random numbers of two formats are not the same numbers, so every synthetic file is a root of its own. */
function synthesizeStep(seed: number): Lineage['steps'][number] {
  return { action: 'synthesize', ...ownTool, inputSha256: null, options: { seed } };
}
