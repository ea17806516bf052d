/**
 * The code of an engine process that lives in Node: its host and the module of one framework, made into plain JavaScript
 * beforehand. A process that runs TypeScript carries a compiler and asks it about every file of every package: measured on
 * llama.cpp, 2.2 instead of 0.9 s of processor time until the engine is up, and 60 MB more of resident memory.
 */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { repositoryRoot } from '../models/registry.ts';

export interface EngineCode {
  /** File that the process starts with. */
  host: string;
  /** URL of the module that exports the framework. */
  module: string;
  execArgv: readonly string[];
}

const nodeHost = fileURLToPath(new URL('./node-host.ts', import.meta.url));
/** Where the packages that the code imports are found. */
const bundlesFolder = join(repositoryRoot, 'node_modules', '.cache', 'tokenlap');

const known = new Map<string, Promise<EngineCode>>();

/**
 * Once for each module in a process.
 * @param module URL of the module that exports the framework
 */
export function engineCode(module: string): Promise<EngineCode> {
  const code = known.get(module) ?? bundled(module).catch(() => asItIs(module));
  known.set(module, code);
  return code;
}

/** Where nothing can be written, or where the code has a fault that its process shall tell. */
function asItIs(module: string): EngineCode {
  return { host: nodeHost, module, execArgv: ['--import', import.meta.resolve('tsx')] };
}

async function bundled(module: string): Promise<EngineCode> {
  const { outputFiles } = await build({
    entryPoints: { host: nodeHost, framework: fileURLToPath(module) },
    outdir: bundlesFolder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    write: false,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    plugins: [ownUrls],
    // What is wrong is thrown.
    logLevel: 'silent',
  });
  const files = outputFiles.map(({ path, contents }) => ({ name: basename(path), contents }));
  const folder = join(bundlesFolder, `engine-${hashOf(files)}`);
  if (!existsSync(folder)) write(folder, files);
  return {
    host: join(folder, 'host.mjs'),
    module: pathToFileURL(join(folder, 'framework.mjs')).href,
    execArgv: [],
  };
}

interface CodeFile {
  name: string;
  contents: Uint8Array;
}

function hashOf(files: readonly CodeFile[]): string {
  const hash = createHash('sha256');
  for (const { name, contents } of files) hash.update(name).update(contents);
  return hash.digest('hex').slice(0, 16);
}

/** Complete or not at all: another process may make the same at the same time. */
function write(folder: string, files: readonly CodeFile[]): void {
  mkdirSync(bundlesFolder, { recursive: true });
  const unfinished = mkdtempSync(`${folder}-`);
  for (const { name, contents } of files) writeFileSync(join(unfinished, name), contents);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

/** A module that asks for its own address gets that of its source. */
const ownUrls: Plugin = {
  name: 'own-urls',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
      loader: 'ts',
    }));
  },
};

const pageHost = fileURLToPath(new URL('./browser/page-host.ts', import.meta.url));

/**
 * The code of an engine's page: its host and the module of one framework, as one script that a browser understands.
 * @param module URL of the module that exports `page`
 */
export async function pageBundle(module: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: [
        `import { runHost } from ${JSON.stringify(pageHost)};`,
        `import { page } from ${JSON.stringify(fileURLToPath(module))};`,
        'runHost(page);',
      ].join('\n'),
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    // What is wrong is thrown.
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}
