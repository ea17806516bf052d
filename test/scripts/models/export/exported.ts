/** Folders that are exported in a test, and files that are converted from small folders. */
import { unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ExportType, planExport, writeExport } from '../../../../scripts/models/export/export-folder.ts';
import { readGguf } from '../../../../scripts/models/gguf/reader.ts';
import { type SentencePieceModel, sentencePieceBytes } from '../../../../scripts/models/tokenizers/sentencepiece.ts';
import { type ConvertRequest, convertModel } from '../../../../scripts/preparation/convert.ts';
import { smallFolder } from '../convert/small-families.ts';
import { writeJson } from '../convert/source-folders.ts';
import { modelFolder, silent } from '../model-folder.ts';

/** @returns the GGUF file of a folder */
export async function converted(folder: string, to: ConvertRequest['to'] = 'f32'): Promise<string> {
  const made = await convertModel(
    {
      ...{ folder, to, output: join(modelFolder(), 'made.gguf'), name: 'made', pre: undefined },
      ...{ tool: 'own', convertScript: undefined, force: false },
    },
    silent,
    new AbortController().signal,
  );
  return made.path;
}

/** @returns the folder of a GGUF file */
export async function exported(path: string, type: ExportType = 'f32'): Promise<string> {
  const folder = join(modelFolder(), 'exported');
  await writeExport(await planExport(await readGguf(path), type), folder, {}, () => {});
  return folder;
}

/** A small llama with a tokenizer.model of these pieces: first the unknown one, then those of the beginning and the end. */
export async function sentencePieceFolder(
  pieces: SentencePieceModel['pieces'],
  addsSpacePrefix = true,
): Promise<string> {
  const folder = await smallFolder('llama');
  unlinkSync(join(folder, 'tokenizer.json'));
  writeFileSync(join(folder, 'tokenizer.model'), sentencePieceBytes({ pieces, kind: 2, addsSpacePrefix }));
  const [unknown, first, last] = pieces.map(({ text }) => text);
  writeJson(folder, 'tokenizer_config.json', { bos_token: first, eos_token: last, unk_token: unknown });
  return folder;
}
