/** docs/settings.md: every setting as a table; a test keeps the page as this. */
import type { CellWorkload, Setting } from '../scripts/settings/setting.ts';
import { settings } from '../scripts/settings/settings.ts';

export function settingsPage(): string {
  const rows = Object.entries(settings).map(([name, setting]) => row(name, setting));
  return [
    '# Settings',
    '',
    'Every setting, from `scripts/settings/`. The name is that of the header of a raw log (`requested`) and of the code; a',
    'sweep file has the name of the axis. This page is made from the code: `npx vitest run test/scripts/settings -u`.',
    '',
    '| name | option | unit | default | axis of a sweep | only in | meaning |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function row(name: string, { flag, unit = '', default: usual, axis, decidesIn = [], help }: Setting): string {
  const cells = [
    code(name),
    code(flag),
    unit,
    usual === undefined || usual === false || flag.startsWith('--no-') ? '' : code(String(usual)),
    axis === undefined ? '' : code(axis),
    decidesIn.map((workload: CellWorkload) => code(workload)).join(', '),
    help,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}
