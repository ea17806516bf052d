/** `frameworks.ts list`: every framework, whether it works here, and what of it can be installed. */
import { bytes } from '../command-line/format.ts';
import { program } from '../command-line/program.ts';
import { progress } from '../command-line/progress.ts';
import { screenWidth } from '../command-line/screen-text.ts';
import { print, printJson, table } from '../command-line/terminal.ts';
import { probeFramework } from '../engine/engine.ts';
import { type VariantPresence, variantPresences } from '../frameworks/installation.ts';
import { frameworks } from '../frameworks/registry.ts';

interface Row {
  framework: string;
  state: string;
  /** Null where it does not work here. */
  version: string | null;
  variants: VariantPresence[];
}

export function listCommand() {
  return program('list', 'Every framework: whether it works here, and which variants are or can be installed.', [
    ['npx tsx scripts/frameworks.ts list', 'state, version and the command that installs'],
    ['npx tsx scripts/frameworks.ts list --json', 'the same as data'],
  ])
    .option('--json', 'print JSON', false)
    .action(async (options) => {
      const line = progress('asking frameworks');
      const rows: Row[] = [];
      for (const [done, framework] of frameworks.entries()) {
        line.update(done, frameworks.length, framework.title);
        const availability = await probeFramework(framework);
        const works = availability.status === 'available';
        rows.push({
          framework: framework.name,
          state: works
            ? `works: ${[...new Set(availability.devices.map(({ kind }) => kind))].join(', ')}`
            : `not here: ${availability.reason}. ${availability.remedy}`,
          version: works ? availability.version : null,
          variants: await variantPresences(framework),
        });
      }
      line.end();
      if (options.json) printJson(rows);
      else print(listText(rows));
    });
}

/** @param width columns of the screen */
export function listText(rows: readonly Row[], width = screenWidth()): string {
  const lines = rows.flatMap(({ framework, state, version, variants }) => [
    [framework, version ?? '–', state],
    ...variants.map((variant) => [
      `  ${variant.name}`,
      variant.installed?.identity.version ?? '–',
      variant.installed === undefined
        ? 'not installed'
        : `installed, ${bytes(variant.installed.bytes)}: ${variant.installed.folder}`,
    ]),
  ]);
  const missing = rows.flatMap(({ variants }) => variants.filter(({ installed }) => installed === undefined));
  return [
    table(['framework', 'version', 'state'], lines, 'lll', { width }),
    // A command is copied in one piece, and a column is too narrow for it.
    ...(missing.length === 0 ? [] : ['', 'To install a variant:', ...missing.map(({ command }) => `  ${command}`)]),
  ].join('\n');
}
