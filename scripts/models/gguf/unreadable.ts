/** Why a file cannot be used as a model: it is damaged, beyond a limit, or of another format, which is recognised. */
import { closeSync, openSync, readSync } from 'node:fs';

const fetchAgain = 'It is cut short or damaged: delete it and fetch it again.';
const foreign = 'No model in use is like that: check where it comes from, and fetch the model from its own source.';

export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  readonly remedy: string;

  constructor(why: string, remedy = fetchAgain) {
    super(why);
    this.remedy = remedy;
  }
}

/** The file ended, or a length exceeds the file. @param at where in the file */
export function outOfBytes(at: string): Unreadable {
  return new Unreadable(`its header says more than the file holds (at ${at})`);
}

/** The file exceeds a limit of the reader. */
export function beyondLimit(why: string): Unreadable {
  return new Unreadable(why, foreign);
}

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

/** Recognises a file that is not GGUF. */
export function foreignFile(path: string, fileBytes: number): Unreadable {
  const head = Buffer.alloc(Math.min(fileBytes, 64));
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  const [, found] = signatures.find(([matches]) => matches(head)) ?? [];
  const { is, remedy } = found ?? { is: 'something else', remedy: 'Name a .gguf file, or choose a model with --size.' };
  return new Unreadable(`it is not a GGUF file but ${is}`, remedy);
}
