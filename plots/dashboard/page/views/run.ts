/** One run, token by token: how long each took, when, and which text it was. */

import { frameworkTitle } from '../../../../collate/analysis/framework-title.ts';
import { counted, milliseconds, significant } from '../../../../scripts/command-line/format.ts';
import type { RunRow } from '../../../../scripts/results/runs/runs.ts';
import { partColor } from '../../../render/theme.ts';
import { count, left, right, shown as shownCell, tableOf } from '../../../report/table.ts';
import { type AnswerTokens, phases } from '../../packing/tokens.ts';
import { thinned } from '../min-max.ts';
import { type Layer, layered, legendOf, mostMarks, quantitative, tip } from '../spec.ts';
import { nothing, type Shown, type View } from '../view.ts';
import { thinnedNote } from './thinned.ts';

export const run: View = {
  name: 'run',
  title: 'One run',
  question: 'What happened in this run, token by token?',
  draw(shown) {
    const { data } = shown;
    const place = chosenRun(shown);
    const row = place === undefined ? undefined : data.runs[place];
    if (place === undefined || row === undefined)
      return nothing('Choose a run in the table below: "Tokens" shows it here.');
    const answers = data.tokensOf(place);
    const points = pointsOf(answers);
    if (points.length === 0)
      return nothing(`${nameOfRun(row)}: no token of it was recorded one by one.${failureOf(row)}`);
    return {
      sentence: sentenceOf(row, answers, points),
      choices: [],
      notes: [
        'Each dot is a token, at the time since the start of the run. First tokens stand for their prompts. The vertical axis is logarithmic; times are kept within 0.03 %.',
        ...(points.length > mostMarks / 2
          ? ['Of each stretch of time the fastest and the slowest token are drawn.']
          : []),
        ...thinnedNote(data.payload),
      ],
      rowActions: [],
      table: tableOf(`Answers of the run ${row.uuid}`, answers, [
        [right('Answer'), ({ answer }) => count(answer)],
        [left('Phase'), ({ phase }) => phase],
        [right('Tokens'), ({ tokens }) => count(tokens.length)],
        [right('First token'), ({ tokens }) => shownCell(tokens[0]?.durationMs ?? null, milliseconds)],
        [right('Median gap'), (answer) => shownCell(middleOf(gapsOf(answer)), milliseconds)],
        [right('Longest gap'), (answer) => shownCell(gapsOf(answer).at(-1) ?? null, milliseconds)],
        [left('Text'), ({ tokens }) => beginning(tokens.map(({ text }) => text).join(''))],
      ]),
      chart: {
        name: `run-${row.uuid}`,
        label: `Time of each of ${points.length} tokens over the run; the table below has the answers.`,
        actions: [],
        spec: (width) => layered(layersOf(points, width), width, 340),
      },
    };
  },
};

/** The one that was asked for; else the latest with tokens. */
function chosenRun({ data, state, runs }: Shown): number | undefined {
  const asked = data.placeOf(state.run);
  if (asked !== undefined) return asked;
  const [latest] = runs
    .filter(({ workload, status }) => workload === 'qa' && status === 'completed')
    .toSorted((a, b) => (b.started_at ?? '').localeCompare(a.started_at ?? ''));
  return latest === undefined ? undefined : data.placeOf(latest.uuid);
}

export function nameOfRun(row: RunRow): string {
  const when = (row.started_at ?? '').slice(0, 16).replace('T', ' ');
  return [frameworkTitle(row), row.model, row.quantize, row.hostname, when]
    .filter((part) => part !== null && part !== '')
    .join(', ');
}

function failureOf({ error }: RunRow): string {
  return error === null ? '' : ` It did not complete: ${error}.`;
}

interface Point {
  readonly atMs: number;
  readonly durationMs: number;
  readonly phase: AnswerTokens['phase'];
  readonly isFirst: boolean;
  readonly tip: string;
}

function pointsOf(answers: readonly AnswerTokens[]): Point[] {
  return answers.flatMap(({ answer, phase, startMs, tokens }) => {
    let atMs = startMs;
    return tokens.flatMap(({ durationMs, text }, step): Point[] => {
      if (step > 0) atMs += durationMs ?? 0;
      if (durationMs === null) return [];
      const words = [`Answer ${answer} (${phase}), token ${step}`, `${milliseconds(durationMs)}`, JSON.stringify(text)];
      return [{ atMs, durationMs, phase, isFirst: step === 0, tip: words.join('\n') }];
    });
  });
}

function gapsOf({ tokens }: AnswerTokens): number[] {
  return tokens
    .slice(1)
    .flatMap(({ durationMs }) => durationMs ?? [])
    .sort((a, b) => a - b);
}

function middleOf(sorted: readonly number[]): number | null {
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

const mostLetters = 80;
const beginning = (text: string) => (text.length <= mostLetters ? text : `${text.slice(0, mostLetters)}…`);

function sentenceOf(row: RunRow, answers: readonly AnswerTokens[], points: readonly Point[]): string {
  const gaps = points.filter(({ isFirst, phase }) => !isFirst && phase === 'measured');
  const longest = gaps.reduce((most, { durationMs }) => Math.max(most, durationMs), 0);
  const middle = middleOf(gaps.map(({ durationMs }) => durationMs).sort((a, b) => a - b));
  const rate =
    middle === null ? '' : `, a token in ${significant(middle)} ms in the median and ${milliseconds(longest)} at most`;
  return `${nameOfRun(row)}: ${counted(points.length, 'tokens')} in ${counted(answers.length, 'answers')}${rate}.`;
}

function layersOf(points: readonly Point[], width: number): Layer[] {
  const values = thinned(points, ({ durationMs }) => durationMs, Math.min(mostMarks / 2, width * 2)).map((point) => ({
    x: point.atMs / 1000,
    y: point.durationMs,
    series: point.phase,
    shape: point.isFirst ? 'triangle-up' : 'circle',
    tip: point.tip,
  }));
  const found = phases.filter((phase) => values.some(({ series }) => series === phase));
  return [
    {
      data: { values },
      mark: { type: 'point', filled: true, size: 34, opacity: 0.85 },
      encoding: {
        x: {
          ...quantitative('x'),
          scale: { zero: false, nice: true },
          axis: { title: 'Time since the start of the run (s)', grid: false },
        },
        y: {
          ...quantitative('y'),
          scale: { type: 'log', nice: true },
          axis: { title: 'Time of the token (ms, logarithmic)', grid: true, tickCount: 5, format: '~g' },
        },
        color: legendOf(
          found,
          found.map((phase) => partColor(phaseColors[phase])),
          width,
        ),
        shape: { field: 'shape', type: 'nominal', scale: null },
        tooltip: tip,
      },
    },
  ];
}

/** Places in the palette of parts. */
const phaseColors: Readonly<Record<AnswerTokens['phase'], number>> = { measured: 0, warmup: 2, cold: 4, unfinished: 6 };
