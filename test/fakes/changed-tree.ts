/** The code of this repository with some files changed, added or left out, without touching the disk. */
import { resolve } from 'node:path';
import type { ExaminedFiles } from '../../scripts/conformance/analysis.ts';
import { diskTree, type SourceTree } from '../../scripts/conformance/source-tree.ts';

export const ownTree: SourceTree = remembered(diskTree(resolve(import.meta.dirname, '../..')));

/** What is known of it, for all tests of a process. */
export const examinedFiles: ExaminedFiles = new Map();

/** @param texts by path; null: the file is not there */
export function changedTree(tree: SourceTree, texts: Readonly<Record<string, string | null>>): SourceTree {
  const files = new Set(tree.files);
  for (const [file, text] of Object.entries(texts)) {
    if (text === null) files.delete(file);
    else files.add(file);
  }
  return { files: [...files].sort(), read: (file) => texts[file] ?? tree.read(file) };
}

/** Made of nothing but these files. */
export function treeOf(texts: Readonly<Record<string, string>>): SourceTree {
  return changedTree({ files: [], read: () => '' }, texts);
}

function remembered({ files, read }: SourceTree): SourceTree {
  const texts = new Map<string, string>();
  return {
    files,
    read(file) {
      const text = texts.get(file) ?? read(file);
      texts.set(file, text);
      return text;
    },
  };
}
