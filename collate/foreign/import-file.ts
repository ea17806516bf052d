/** One file of another tool: read whole, checked whole, and only then written, beside its record. */
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { fileError, type UserError, usageError } from '../../scripts/command-line/errors.ts';
import { makeFolder, requireWithin, writeWhole } from '../../scripts/command-line/files/folders.ts';
import { foreignLimits, loggedTextLimits, textLimits } from '../../scripts/command-line/files/input-limits.ts';
import { readBounded } from '../../scripts/command-line/files/text-file.ts';
import { withSuggestion } from '../../scripts/command-line/options.ts';
import { type ForeignFile, foreignParts, foreignSchema, readForeign } from '../../scripts/log/foreign-file.ts';
import { type Content, contentOf } from './content.ts';
import { fitting, Malformed } from './malformed.ts';
import type { ForeignTool } from './tool.ts';
import { foreignTools } from './tools.ts';

export interface ReadFile {
  path: string;
  bytes: Buffer;
  record: ForeignFile;
  /** Its content was imported before: nothing is to be written. */
  known: boolean;
}

/** @throws UserError naming the known ones */
export function toolNamed(name: string): ForeignTool {
  const found = foreignTools.find((tool) => tool.name === name);
  if (found !== undefined) return found;
  const known = foreignTools.map((tool) => tool.name);
  throw usageError(withSuggestion(`--tool does not know "${name}"`, name, known), `Known are: ${known.join(', ')}.`);
}

/**
 * Reads and checks a file; writes nothing.
 * @param tool undefined: the one that recognises the content
 * @throws UserError in one line, with the place in the file
 */
export function readForeignFile(path: string, output: string, tool: ForeignTool | undefined): ReadFile {
  const bytes = readBounded(path, 'reading', textLimits.foreign);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const before = readForeign(output, sha256);
  if (before !== undefined && (tool === undefined || tool.name === before.tool)) {
    return { path, bytes, record: before, known: true };
  }
  return { path, bytes, record: recordOf(path, bytes, sha256, tool), known: false };
}

function recordOf(path: string, bytes: Buffer, sha256: string, tool: ForeignTool | undefined): ForeignFile {
  try {
    const content = contentOf(textOf(bytes));
    const chosen = tool ?? recognised(content, path);
    const { toolVersion, layout, cells } = chosen.read(content);
    if (cells.length > foreignLimits.cells) {
      throw new Malformed(
        null,
        `it has more than ${foreignLimits.cells.toLocaleString('en-US')} measured combinations`,
      );
    }
    const file = { sha256, name: basename(path).slice(0, loggedTextLimits.path), bytes: bytes.length };
    const facts = { type: 'foreign', version: 1, tool: chosen.name, toolVersion, layout, file };
    const record = { ...facts, importedAt: new Date().toISOString(), cells };
    return fitting(foreignSchema, record, null);
  } catch (error) {
    throw error instanceof Malformed ? malformedError(path, error) : error;
  }
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Malformed(null, 'it is not in UTF-8');
  }
}

function recognised(content: Content, path: string): ForeignTool {
  const found = foreignTools.find((tool) => tool.recognises(content));
  if (found !== undefined) return found;
  const known = foreignTools.map(({ name, formats }) => `${name} (${formats})`);
  throw usageError(
    `${path} is no result of a tool that is known`,
    `Known are: ${known.join('; ')}. With --tool NAME the file is read as one of these, and the message says what does not fit.`,
  );
}

function malformedError(path: string, { message }: Malformed): UserError {
  return usageError(
    `${path}: ${message}`,
    'Nothing was imported. Check that the file is whole, or write it again with its tool.',
  );
}

/** @throws UserError when it cannot be written */
export function writeForeignFile(output: string, { bytes, record }: ReadFile): void {
  const { record: recordParts, raw } = foreignParts(record.file.sha256);
  for (const parts of [recordParts.slice(0, -1), raw, recordParts]) requireWithin(output, [join(...parts)]);
  const path = join(output, ...recordParts);
  try {
    makeFolder(join(path, '..'));
    // The record last: where it is, the file is too.
    writeWhole(join(output, ...raw), bytes);
    writeWhole(path, `${JSON.stringify(record, null, 2)}\n`);
  } catch (error) {
    throw fileError(error, path, 'writing');
  }
}
