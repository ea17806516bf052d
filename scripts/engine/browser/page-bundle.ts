/** The code of an engine's page: the host and the module of one framework, as one script that a browser understands. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const host = fileURLToPath(new URL('./page-host.ts', import.meta.url));

/** @param module URL of the module that exports `page` */
export async function pageBundle(module: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: [
        `import { runHost } from ${JSON.stringify(host)};`,
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
