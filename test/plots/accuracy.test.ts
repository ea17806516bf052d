import { describe, expect, it } from 'vitest';
import { qualityPareto } from '../../plots/charts/quality-pareto.ts';
import { pairsOf } from '../../plots/data/accuracy-results.ts';
import { plotData } from '../../plots/data/plot-data.ts';
import { qualityPanels } from '../../plots/data/quality-points.ts';
import { paretoFront } from '../../plots/panels/quality-axes.ts';
import { flagRows, flagWidth } from '../../plots/panels/quality-panel.ts';
import { accuracy, wrongAnswers } from '../../plots/report/sections/accuracy.ts';
import { reproduce } from '../../plots/report/sections/methods.ts';
import { opening } from '../../plots/report/sections/opening.ts';
import { accuracyRun, itemRows, qualityData, taskRow, textRow } from './accuracy-rows.ts';
import { drawChart, inputOf, pictureOf } from './drawn.ts';
import { askedOptions, completedRun } from './row-factory.ts';

const point = (x: number, y: number, ranked = true) => ({
  x: { value: x, low: x, high: x },
  y: { value: y, low: y, high: y },
  ranked,
});

describe('the Pareto front', () => {
  const rises = { rises: true };
  const falls = { rises: false };

  it('has what no ranked result beats in both', () => {
    const [slow, middle, fast, beaten, hollow] = [
      point(1, 9),
      point(2, 7),
      point(3, 5),
      point(2, 6),
      point(9, 9, false),
    ];
    expect(paretoFront([beaten, fast, slow, hollow, middle], rises, rises)).toEqual([slow, middle, fast]);
  });

  it('knows that less memory and less perplexity are better', () => {
    const [small, exact, beaten] = [point(1, 7), point(4, 5), point(5, 6)];
    expect(paretoFront([exact, small, beaten], falls, falls)).toEqual([exact, small]);
  });

  it('keeps equals, for neither beats the other', () => {
    expect(paretoFront([point(2, 2), point(2, 2)], rises, rises)).toHaveLength(2);
  });
});

describe('names on flags', () => {
  it('never have a pole through them', () => {
    const flags = [0, 20, 25, 25, 200, 260, 400].map((x, i) => ({ x, height: i, text: `framework ${i} q8_0` }));
    const rows = flagRows(flags);
    for (const [i, { x, text }] of flags.entries()) {
      for (const [j, other] of flags.entries()) {
        const inside = i !== j && other.x >= x && other.x <= x + flagWidth(text);
        if (inside && (other.x > x || (rows[j] ?? 0) > (rows[i] ?? 0))) {
          // A pole ends at its row: it must end below the name, or be the same pole.
          expect(other.x > x ? (rows[j] ?? 0) < (rows[i] ?? 0) : true).toBe(true);
        }
        if (i !== j) expect([other.x, rows[j]]).not.toEqual([x, rows[i]]);
      }
    }
    // Alone at the right, it has the lowest row.
    expect(rows.at(-1)).toBe(0);
  });

  it('stand on one pole in the order of their points', () => {
    const flags = [5, 9, 7].map((height) => ({ x: 10, height, text: 'a' }));
    expect(flagRows(flags)).toEqual([0, 2, 1]);
  });
});

const results = [
  { framework: 'llamacpp', quantize: 'F16', correct: 90, rate: 50 },
  { framework: 'llamacpp', quantize: 'Q4_0', correct: 80, rate: 120 },
  { framework: 'pytorch', quantize: 'F16', correct: 89, rate: 30 },
];

describe('quality beside speed', () => {
  it('joins shares with the rates of question runs on the same host, with both intervals', () => {
    const { accuracy: rows, runs } = qualityData(results);
    const [panel, ...others] = qualityPanels(rows, runs);
    expect(others).toEqual([]);
    expect(panel).toMatchObject({ hostname: 'box-1', measure: 'share', rateSource: 'qa', left: [] });
    expect(panel?.scope).toBe('100 items (arithmetic), at most 32 tokens an answer, greedy');
    // Geometric mean of 0.98, 1 and 1.02 times 50; Wilson for 90 of 100 by R's prop.test without correction: 0.8256 to 0.9448.
    expect(panel?.points[0]).toMatchObject({ name: 'llamacpp F16', runs: 3, counted: { correct: 90, items: 100 } });
    expect(panel?.points[0]?.rate?.value).toBeCloseTo(50 * (0.98 * 1.02) ** (1 / 3), 9);
    expect(panel?.points[0]?.rate?.interval).not.toBeNull();
    expect(panel?.points[0]?.quality.interval?.low).toBeCloseTo(0.8256, 4);
    expect(panel?.points[0]?.quality.interval?.high).toBeCloseTo(0.9448, 4);
  });

  it('takes the rates of the answers themselves where a result has no other, for all of them', () => {
    const { accuracy: rows, runs } = qualityData(results);
    const without = runs.filter(({ framework, workload }) => framework !== 'pytorch' || workload !== 'qa');
    const [panel] = qualityPanels(rows, without);
    expect(panel?.rateSource).toBe('own');
    expect(panel?.points.map(({ rate }) => rate)).toEqual(results.map(() => ({ value: 40, interval: null })));
  });

  it('never pools hosts, and pools tasks only where all have answered the same', () => {
    const [a, b, c] = [
      accuracyRun('a', { quantize: 'F16' }),
      accuracyRun('b', { quantize: 'Q4_0' }),
      accuracyRun('c', { hostname: 'phone' }),
    ];
    const rows = [
      taskRow(a, 90, 100),
      taskRow(a, 10, 50, { task: 'reverse-text' }),
      taskRow(b, 80, 100),
      taskRow(b, 5, 50, { task: 'reverse-text', items_sha256: 'others' }),
      taskRow(c, 1, 10),
    ];
    const panels = qualityPanels(rows, [a, b, c]);
    expect(panels.map(({ hostname, points }) => [hostname, points.map(({ counted }) => counted)])).toEqual([
      [
        'box-1',
        [
          { correct: 90, items: 100 },
          { correct: 80, items: 100 },
        ],
      ],
      ['phone', [{ correct: 1, items: 10 }]],
    ]);
  });

  it('leaves tasks that broke off, and the earlier of two answers to the same items', () => {
    const [old, late] = [accuracyRun('old'), accuracyRun('late', { started_at: '2026-11-21T10:00:00.000Z' })];
    const rows = [taskRow(late, 70, 100), taskRow(old, 60, 100), taskRow(late, 5, 9, { task: 'x', complete: false })];
    const [panel] = qualityPanels(rows, [old, late]);
    expect(panel?.points.map(({ counted }) => counted)).toEqual([{ correct: 70, items: 100 }]);
  });

  it('shows perplexity where there is only that, and divergence beside', () => {
    const [f32, q4] = [accuracyRun('f', { quantize: 'F32' }), accuracyRun('q', { quantize: 'Q4_0' })];
    const reference = { reference: 'llamacpp:f32' };
    const rows = [
      textRow(f32, 6, { ...reference, is_reference: true, kl_mean: 0 }),
      textRow(q4, 6.5, { ...reference, kl_mean: 0.03, kl_error: 0.001 }),
    ];
    const panels = qualityPanels(rows, [f32, q4]);
    expect(panels.map(({ measure, points }) => [measure, points.map(({ name }) => name)])).toEqual([
      ['perplexity', ['llamacpp F32', 'llamacpp Q4_0']],
      ['kl', ['llamacpp Q4_0']],
    ]);
    // 1.96 standard errors.
    expect(panels[1]?.points[0]?.quality.interval?.high).toBeCloseTo(0.03 + 0.00196, 5);
    const both = qualityPanels([...rows, taskRow(f32, 9, 10), taskRow(q4, 8, 10)], [f32, q4]);
    expect(both.map(({ measure }) => measure)).toEqual(['share', 'kl']);
  });
});

describe('the chart', () => {
  it('is drawn with every name, and says what is not ranked', async () => {
    const data = qualityData([
      ...results,
      { framework: 'mlc', quantize: 'Q4_0', correct: 99, rate: 500, run: { comparable: false } },
    ]);
    const picture = await drawChart(qualityPareto, data);
    for (const { framework, quantize } of results) expect(picture?.svg).toContain(`>${framework} ${quantize}<`);
    expect(pictureOf(qualityPareto, data).subtitle.join('\n')).toContain(
      'Hollow: not ranked: mlc Q4_0 (not comparable).',
    );
    expect(pictureOf(qualityPareto, data).title).toBe('2 of 4 results are on the Pareto front');
    const front = pictureOf(qualityPareto, data).table.rows.map((row) => row.at(-1)?.text);
    expect(front).toEqual(['speed, memory', 'speed, memory', '–', '–']);
  });

  it('names a leader only beyond the noise of the rates', () => {
    const slower = { framework: 'llamacpp', quantize: 'Q4_0', correct: 80, rate: 120 };
    const ahead = (rate: number) =>
      pictureOf(qualityPareto, qualityData([{ framework: 'llamacpp', quantize: 'F16', correct: 95, rate }, slower]))
        .title;
    expect(ahead(200)).toBe('No other result scores as high as llamacpp F16 and is as fast');
    expect(ahead(121)).toBe(qualityPareto.question);
  });

  it('claims nothing from rates that were not made to measure speed', () => {
    expect(pictureOf(qualityPareto, qualityData(results, 0)).title).toBe(qualityPareto.question);
  });

  it('is absent where nobody measured accuracy, and a card where no task came to its end', async () => {
    expect(qualityPareto.draw(plotData([completedRun()]))).toBeNull();
    const run = accuracyRun('a');
    const data = plotData([run], { accuracy: [taskRow(run, 1, 2, { complete: false })] });
    expect(qualityPareto.draw(data)).toMatchObject({ kind: 'gap' });
    expect((await drawChart(qualityPareto, data))?.svg).toContain('No task was answered to its end.');
  });
});

describe('the report', () => {
  const [f16, q4] = [accuracyRun('a', { quantize: 'F16' }), accuracyRun('b', { quantize: 'Q4_0' })];
  const wrong = Array.from({ length: 20 }, (_, i) => i + 30);
  const rows = [taskRow(f16, 98, 100), taskRow(q4, 80, 100, { cut_answers: 30 })];
  const items = [...itemRows(f16, 100, [1, 2]), ...itemRows(q4, 100, wrong)];
  const data = plotData([f16, q4], { accuracy: rows, accuracyItems: items });

  it('compares formats on the same items', () => {
    // Only F16 has the twenty right, only Q4_0 has items 1 and 2: b 20, c 2; 2 (1 + 22 + 231) / 2^22 = 0.000121.
    const [pair] = pairsOf(rows, items);
    expect(pair).toMatchObject({ onlyReference: 20, onlyCompared: 2, items: 100, verdict: 'worse' });
    expect(pair?.p).toBeCloseTo(0.000121, 6);
  });

  it('shows scores with their intervals, the pair, cut answers, and what was wrong', () => {
    const input = inputOf(data);
    const text = JSON.stringify([...accuracy.blocks(input), ...wrongAnswers.blocks(input)]);
    expect(text).toContain('98 of 100');
    expect(text).toContain('18 points worse on 100 items');
    expect(text).toContain('30 of 100 answers were cut at the limit of 32 tokens');
    expect(text).toContain('seven and a half');
    expect(text).toContain('No detectable difference is not the same as none');
  });

  it('says nothing where nothing was measured, and opens with accuracy where nothing else was', () => {
    expect(accuracy.blocks(inputOf(plotData([completedRun()])))).toEqual([]);
    expect(JSON.stringify(opening.blocks(inputOf(data)))).toContain('Accuracy was measured, but not speed');
  });

  it('tells the command with the tasks of the run', () => {
    const asked = { frameworks: 'llamacpp', tasks: 'arithmetic', data: ['my pairs.jsonl'], items: 2, fresh: true };
    const files = plotData([{ ...f16, ...askedOptions(asked) }]);
    expect(JSON.stringify(reproduce.blocks(inputOf(files)))).toContain(
      "scripts/verifiers-sweep.ts --data 'my pairs.jsonl' --frameworks llamacpp --max-tokens 64 --tasks arithmetic --items 2 --fresh --size 135M --seed 1 --threads 2",
    );
  });
});
