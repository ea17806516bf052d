/**
 * The page's code as one classic script: a page that is opened from a file may load no modules. The modules of the suite that make
 * its figures are in it as they are, so that a number of the page is the number of the report.
 */
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const entry = fileURLToPath(new URL('./page/main.ts', import.meta.url));

let made: Promise<string> | undefined;

/** Once in a process. */
export function pageCode(): Promise<string> {
  made ??= bundled();
  return made;
}

async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    charset: 'ascii',
    legalComments: 'none',
    plugins: [absentInPage],
    // What is wrong is thrown.
    logLevel: 'silent',
  });
  return (outputFiles[0]?.text ?? '').trim();
}

/**
 * Modules that the figures are made by also read files, hash and parse command lines, elsewhere than here. What they need for that
 * is not in a page, and says so to whoever calls it.
 */
const absentInPage: Plugin = {
  name: 'absent-in-page',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:.*|commander)$/ }, ({ path }) => ({ path, namespace: 'absent' }));
    onLoad({ filter: /.*/, namespace: 'absent' }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => name === '__esModule' ? undefined : class {
        constructor() { throw new Error(${JSON.stringify(path)} + ' is not in a page: ' + String(name)); }
      } });`,
      loader: 'js',
    }));
  },
};
