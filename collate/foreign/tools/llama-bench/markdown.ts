/** llama-bench `-o md`, its default: a table of rates, rounded, and the build below. */
import { numberIn } from '../../csv-rows.ts';
import { Malformed } from '../../malformed.ts';
import type { BenchTest } from './bench-test.ts';

const needed = ['model', 'test', 't/s'] as const;

export function isMarkdown(text: string): boolean {
  return headerOf(text) !== undefined;
}

/** @throws Malformed naming the line that does not fit */
export function markdownTests(text: string): BenchTest[] {
  const header = headerOf(text);
  if (header === undefined) throw new Malformed(null, `it has no table with the columns ${needed.join(', ')}`);
  const build = /^build: (\S{1,64}) \((\d{1,9})\)\s*$/m.exec(text);
  // People copy the table without the line below it.
  const version = build === null ? null : `${build[1]} (${build[2]})`;
  return rowsOf(text, header).map(({ line, cells }) => {
    const { model = '', test = '', 't/s': rate = '', backend, size, params, ...settings } = cells;
    return {
      version,
      model: { name: null, type: model, sizeBytes: null, parameters: null },
      ...shapeOf(test, line),
      ...{ measuredAt: null, time: null, samplesNs: null },
      speed: speedOf(rate, line),
      host: backend === undefined ? {} : { backends: backend },
      // Rounded to two decimals, so that they are no numbers of bytes and parameters.
      settings: { ...settings, ...(size === undefined ? {} : { size }), ...(params === undefined ? {} : { params }) },
    };
  });
}

interface Header {
  line: number;
  columns: readonly string[];
}

function headerOf(text: string): Header | undefined {
  const lines = text.split('\n', 10_000);
  for (const [i, each] of lines.entries()) {
    const columns = cellsOf(each);
    if (needed.every((column) => columns.includes(column))) return { line: i + 1, columns };
  }
  return undefined;
}

/** Cells of a line of a table; none for other lines. */
function cellsOf(line: string): string[] {
  if (!/^\s*\|.*\|\s*$/.test(line)) return [];
  const inside = line.trim().slice(1, -1);
  return inside.split('|').map((cell) => cell.trim());
}

function rowsOf(
  text: string,
  { line: first, columns }: Header,
): Array<{ line: number; cells: Record<string, string> }> {
  const rows = text
    .split('\n')
    .slice(first)
    .map((each, i) => ({ line: first + i + 1, text: each }));
  const end = rows.findIndex((row) => !row.text.trim().startsWith('|'));
  return rows.slice(0, end === -1 ? undefined : end).flatMap((row) => {
    const cells = cellsOf(row.text);
    if (cells.every((cell) => /^:?-+:?$/.test(cell)) && cells.length > 0) return [];
    if (cells.length !== columns.length) {
      throw new Malformed(`line ${row.line}`, `it has ${cells.length} cells, and there are ${columns.length} columns`);
    }
    return [{ line: row.line, cells: Object.fromEntries(columns.map((column, at) => [column, cells[at] ?? ''])) }];
  });
}

/** `pp512`, `tg128 @ d4096`, `pp512+tg128`. */
function shapeOf(test: string, line: number): Pick<BenchTest, 'promptTokens' | 'generatedTokens' | 'depth'> {
  const parts = /^(?:pp ?(\d{1,9}))?\+?(?:tg ?(\d{1,9}))?(?: @ d(\d{1,9}))?$/.exec(test);
  const [, prompt, generated, depth] = parts ?? [];
  if (prompt === undefined && generated === undefined) {
    throw new Malformed(`line ${line}, test`, `"${test.slice(0, 60)}" is none such as pp512 or tg128`);
  }
  return { promptTokens: Number(prompt ?? 0), generatedTokens: Number(generated ?? 0), depth: Number(depth ?? 0) };
}

function speedOf(rate: string, line: number): BenchTest['speed'] {
  const [avg = '', stddev, ...more] = rate.split('±');
  const place = `line ${line}, t/s`;
  if (stddev === undefined || more.length > 0)
    throw new Malformed(place, `"${rate.slice(0, 60)}" is not as in 12.34 ± 0.56`);
  return { avg: numberIn(avg, place), stddev: numberIn(stddev, place) };
}
