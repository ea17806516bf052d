/** Tells what a file is that was given as a model and is not GGUF. */
import { closeSync, openSync, readSync } from 'node:fs';

interface ForeignFile {
  /** Completes the sentence "it is not a GGUF file but ...". */
  is: string;
  remedy: string;
}

const convert =
  'Convert its folder with `npx tsx scripts/models.ts convert FOLDER`, or fetch a .gguf file of the model.';

const signatures: ReadonlyArray<[matches: (head: Buffer) => boolean, found: ForeignFile]> = [
  [(head) => head.length === 0, { is: 'an empty file', remedy: 'Delete it and fetch it again.' }],
  [
    (head) => head.toString('latin1').startsWith('version https://git-lfs'),
    { is: 'a Git LFS pointer', remedy: 'Run `git lfs pull` in its repository, or fetch the file from the hub.' },
  ],
  [
    (head) => ['ggml', 'lmgg', 'fmgg', 'tjgg'].includes(head.toString('latin1', 0, 4)),
    { is: 'a model in the format that llama.cpp had before GGUF', remedy: 'Fetch a .gguf file of the model.' },
  ],
  [
    (head) => head.toString('latin1', 0, 2) === 'PK',
    { is: 'a zip archive, as PyTorch writes checkpoints', remedy: convert },
  ],
  // safetensors: the length of a JSON header as a 64-bit number, then the header.
  [(head) => head.length > 8 && head.readUInt8(8) === 0x7b, { is: 'a safetensors file', remedy: convert }],
  [
    (head) => /^\s*<(!doctype|html)/i.test(head.toString('latin1')),
    { is: 'a web page', remedy: 'The download went wrong: delete it and fetch it again.' },
  ],
  [(head) => /^\s*[{[]/.test(head.toString('latin1')), { is: 'a JSON file', remedy: 'Name the .gguf file itself.' }],
];

export function recogniseForeignFile(path: string, fileBytes: number): ForeignFile {
  const head = Buffer.alloc(Math.min(fileBytes, 64));
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  for (const [matches, found] of signatures) if (matches(head)) return found;
  return { is: 'something else', remedy: 'Name a .gguf file, or choose a model with --size.' };
}
