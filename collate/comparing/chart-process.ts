/** Drawing belongs to plots/, which reads what collate/ writes: so the chart is drawn in a process of its own, from the JSON. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../scripts/command-line/errors.ts';
import type { ComparisonReport } from './comparison.ts';

const script = 'plots/comparison.ts';

/**
 * @param path of the picture, .svg or .png
 * @throws UserError with what the drawing said when it fails
 */
export async function drawChart(report: ComparisonReport, path: string): Promise<void> {
  const file = fileURLToPath(new URL(`../../${script}`, import.meta.url));
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file, '-', path], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  // Where the process ends early, its exit code says why.
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify(report));
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  if (code === 0) return;
  const [, message = said.trim()] = /^error: *(.*)$/m.exec(said) ?? [];
  throw new UserError(`drawing ${path} failed: ${message}`, {
    remedy: `Write the JSON with --json, and draw it by hand: \`npx tsx ${script} COMPARISON.json ${path}\`.`,
  });
}
