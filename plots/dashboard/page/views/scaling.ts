/** Rates over what is varied: the length of the prompt, the batch, the depth, or how many answers are generated at a time. */
import { frameworkTitle } from '../../../../collate/analysis/framework-title.ts';
import { significant } from '../../../../scripts/command-line/format.ts';
import { type Axis, byBatch, byPositions, byPromptLength, kernelPanels } from '../../../data/kernel-series.ts';
import { levelMean, poolPanels } from '../../../data/pool-series.ts';
import { figure, left, right, tableOf } from '../../../report/table.ts';
import { type Line, lineLayers, mostLines } from '../line-chart.ts';
import { layered } from '../spec.ts';
import { type Action, choice, nothing, type Shown, type View } from '../view.ts';

interface Over {
  readonly name: string;
  readonly title: string;
  readonly axis: string;
  readonly rate: string;
  readonly lines: (shown: Shown) => Line[];
}

const kernelOver = (axis: Axis, over: Omit<Over, 'lines'>): Over => ({
  ...over,
  lines: ({ runs }) =>
    kernelPanels(
      runs.filter((run) => run.workload === 'kernel' && run.status === 'completed'),
      [axis],
    ).flatMap(({ framework, place, lines: [line] }) =>
      line == null
        ? []
        : [
            {
              framework,
              name: place,
              short: [frameworkTitle(line.example), line.example.model, line.example.quantize]
                .filter((part) => part !== null)
                .join(' '),
              points: line.points.map(({ x, rates, center }) => ({
                x,
                y: center,
                low: Math.min(...rates),
                high: Math.max(...rates),
              })),
            },
          ],
    ),
});

const overs: readonly Over[] = [
  kernelOver(byPromptLength, {
    name: 'prompt',
    title: 'length of the prompt',
    axis: 'Prompt (tokens)',
    rate: 'Prefill rate (tokens/s)',
  }),
  kernelOver(byBatch, {
    name: 'batch',
    title: 'batch',
    axis: 'Tokens evaluated at once',
    rate: 'Prefill rate (tokens/s)',
  }),
  kernelOver(byPositions, {
    name: 'depth',
    title: 'depth',
    axis: 'Positions that a token looks back on',
    rate: 'Decode rate (tokens/s)',
  }),
  {
    name: 'concurrency',
    title: 'answers at a time',
    axis: 'Answers at a time',
    rate: 'Tokens of all answers (tokens/s)',
    lines: poolLines,
  },
];

export const scaling: View = {
  name: 'scaling',
  title: 'Scaling',
  question: 'How does speed change with length, batch and concurrency?',
  draw(shown) {
    const measured = overs
      .map((over) => ({ ...over, found: over.lines(shown) }))
      .filter(({ found }) => found.some(({ points }) => points.length > 1));
    const made = choice(
      shown,
      'over',
      'Over',
      measured.map(({ name, title }) => ({ value: name, label: title })),
    );
    const over = measured.find(({ name }) => name === made.chosen);
    if (over === undefined) return nothing('No runs that are shown differ in length, batch or concurrency only.');
    const lines = over.found.slice(0, mostLines);
    const rows = over.found.flatMap(({ name, points }) => points.map((point) => ({ name, ...point })));
    const actions = lines.map(({ framework }): Action => ({ kind: 'filter', facet: 'framework', value: framework }));
    return {
      sentence: sentenceOf(over.found, over.title),
      choices: [made],
      notes: [
        'Points: geometric means over runs, with the lowest and the highest run. The horizontal axis is logarithmic.',
        ...(over.found.length > lines.length
          ? [`${over.found.length - lines.length} more lines are in the table.`]
          : []),
      ],
      rowActions: rows.map(({ name }) => actions[lines.findIndex((line) => line.name === name)] ?? null),
      table: tableOf(`${over.rate} over ${over.title}`, rows, [
        [left('Contender'), ({ name }) => name],
        [right(over.axis), ({ x }) => ({ text: plain(x), value: x })],
        [right(over.rate), ({ y }) => figure(y)],
        [right('Lowest run'), ({ low }) => figure(low)],
        [right('Highest run'), ({ high }) => figure(high)],
      ]),
      chart: {
        name: `scaling-${over.name}`,
        label: `${over.rate} over ${over.title}, ${lines.length} lines. ${sentenceOf(over.found, over.title)}`,
        actions,
        spec: (width) =>
          layered(lineLayers(lines, { x: over.axis, y: over.rate, logarithmic: true }, width), width, 340),
      },
    };
  },
};

function poolLines({ data, runs }: Shown): Line[] {
  const uuids = new Map(runs.map((run) => [run.uuid, run]));
  const pool = data.pool.filter(({ uuid }) => uuids.has(uuid));
  return poolPanels({ pool, runs }).flatMap(({ framework, place, lines }) => {
    const run = runs.find((each) => each.framework === framework);
    return lines.map(({ name, levels }) => ({
      framework,
      name: `${place}, ${name}`,
      short: `${run === undefined ? framework : frameworkTitle(run)}, ${name}`,
      points: levels.flatMap((level) => {
        const values = level.rows.flatMap(({ tokens_per_s: rate }) => rate ?? []);
        const y = levelMean(level, 'tokens_per_s');
        return y === null ? [] : [{ x: level.concurrency, y, low: Math.min(...values), high: Math.max(...values) }];
      }),
    }));
  });
}

/** Lengths and counts, as they were asked for. */
const plain = (value: number) => String(Number(value.toPrecision(4)));

function sentenceOf(lines: readonly Line[], title: string): string {
  const most = lines
    .flatMap((line) => line.points.map((point) => ({ line, point })))
    .reduce<{ line: Line; point: Line['points'][number] } | null>(
      (best, each) => (best === null || each.point.y > best.point.y ? each : best),
      null,
    );
  const first = most?.line.points[0];
  if (most === null || first === undefined) return 'Nothing was measured.';
  const { line, point } = most;
  const times = point === first ? '' : `, ${significant(point.y / first.y)}× that at ${plain(first.x)}`;
  return `Over the ${title}, ${line.short} reaches the most: ${significant(point.y)} tokens/s at ${plain(point.x)}${times}.`;
}
