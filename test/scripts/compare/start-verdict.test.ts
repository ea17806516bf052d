import { describe, expect, it } from 'vitest';
import { compareCells } from '../../../scripts/compare/comparison.ts';
import { answersText, speedText, verdictLines } from '../../../scripts/compare/start-verdict.ts';
import { frameworks } from '../../../scripts/frameworks/registry.ts';
import type { ComparedTrial } from '../../../scripts/workloads/trials.ts';
import { simulatedCells } from '../../fakes/simulated-cells.ts';

const [first, second, third] = frameworks;
if (first === undefined || second === undefined || third === undefined) throw new Error('there are three frameworks');

/** Rates that differ by a part of a thousand within each. */
const around = (rate: number, runs = 6) => Array.from({ length: runs }, (_, i) => rate * (1 + (i % 3) / 1000));

function cellsOf(...rates: ReadonlyArray<readonly number[]>): ComparedTrial[] {
  return simulatedCells(rates).map((cell, i) => ({ ...cell, framework: frameworks[i]?.name ?? '' }));
}

function linesOf(cells: readonly ComparedTrial[]): string[] {
  return verdictLines(compareCells(withEqualOutputs(cells), 'decode').classes.flatMap(({ rows }) => rows));
}

/** Without a check of parity, only what has equal outputs is ranked. */
function withEqualOutputs(cells: readonly ComparedTrial[]): ComparedTrial[] {
  return cells.map((cell) => ({
    ...cell,
    runs: cell.runs.map((run) =>
      run.answers === null ? run : { ...run, answers: { ...run.answers, outputSha256: 'ab'.repeat(32) } },
    ),
  }));
}

describe('the verdict of npm start', () => {
  it('says how many times as fast the fastest decodes, with intervals, and what an answer takes with each', () => {
    const [verdict, answer] = linesOf(cellsOf(around(50), around(100), around(20)));
    expect(verdict).toBe(
      `${second.title} decodes 2.00× as fast as ${first.title} (95 % interval 2.00× to 2.00×) and 5.00× as fast as ${third.title} (95 % interval 5.00× to 5.00×), in 6 runs of each.`,
    );
    // 299 tokens after the first: the fakes have no time to first token.
    expect(answer).toContain(
      `an answer of 300 tokens takes 2.99 s with ${second.title}, 5.97 s with ${first.title}, 14.9 s with ${third.title}.`,
    );
  });

  it('says of equals that no difference was seen, and which one would have been', () => {
    const noisy = [100, 103, 98, 101, 99, 102];
    const [verdict] = linesOf(cellsOf(noisy, noisy.toReversed()));
    expect(verdict).toMatch(
      /^No difference in decoding between .* and .* could be told from the noise of this machine in 6 runs of each; one of [\d.]+ % would have been\.$/,
    );
  });

  it('does not take a few runs for a verdict', () => {
    const [verdict] = linesOf(cellsOf(around(100, 3), around(50, 3)));
    expect(verdict).toBe(`Too few runs to say more of ${second.title}.`);
  });

  it('gives the rate of a framework that is alone', () => {
    expect(linesOf(cellsOf(around(100)))[0]).toMatch(
      new RegExp(
        `^${first.title.replaceAll('.', '\\.')} decodes 100 tokens/s, and there is nothing to compare it with`,
      ),
    );
  });

  it('leaves out whoever was too slow, names the run that said so, and prints what measures it', () => {
    const [fast, middle, slow] = withEqualOutputs(cellsOf(around(100), around(50), [7]));
    if (fast === undefined || middle === undefined || slow === undefined) throw new Error('there are three cells');
    const cells = [fast, middle, { ...slow, leftOutAfterMs: 38_000 }];
    const text = speedText(compareCells(cells, 'decode'), cells, 'my results');
    expect(text).toMatch(/not ranked: left out after a run of 38\.0 s/);
    expect(text).toContain(`${third.title} took 38.0 s for a run`);
    expect(text).toMatch(
      new RegExp(
        `npx tsx scripts/benchmark\\.ts --frameworks ${first.name},${third.name} --iterations 6 .*--size 135M`,
      ),
    );
    expect(text).not.toContain('Too few runs');
  });
});

it('the answers of the embedded model are counted for each framework', () => {
  const text = answersText(compareCells(cellsOf([4000], [3000]), 'decode'));
  expect(text).toMatch(/^Answers of the embedded model, right word for word: .* \d+\/\d+, .* \d+\/\d+$/);
});
