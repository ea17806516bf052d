/** What stands in pictures: small print above and below, labels that hold together, and colours with dark counterparts. */
import { describe, expect, it } from 'vitest';
import { charts } from '../../plots/charts/registry.ts';
import { plotData } from '../../plots/data/plot-data.ts';
import { isCrowded, labelColumns } from '../../plots/panels/label-columns.ts';
import { along, boxOf, overlap, placeLabels } from '../../plots/panels/label-places.ts';
import { labelled } from '../../plots/panels/rows.ts';
import { textWidth } from '../../plots/render/text-width.ts';
import { darkColors } from '../../plots/render/theme.ts';
import { endOfFirstSection } from '../../plots/report/pdf.ts';
import { dataFor } from './chart-data.ts';
import { drawChart, drawingOnce, pictureOf, reportOf } from './drawn.ts';
import { manyGroups } from './many-groups.ts';
import { completedRun, dataOf } from './row-factory.ts';

const long = 'a-very-long-name'.repeat(9);
const hostile = plotData(
  ['one', 'two'].flatMap((framework) =>
    [1, 2, 3].map((seed) =>
      completedRun({ framework: `${long}-${framework}`, model: long, hostname: long, uuid: `${framework}${seed}` }),
    ),
  ),
);
const many = manyGroups();

/** Lines that are set in the size of subtitles and in soft ink: the other soft texts are smaller. */
function subtitleLines(svg: string): number {
  const block = /<text [^>]*font-size="12px" fill="#59636e"[^>]*>(.*?)<\/text>/s.exec(svg)?.[1];
  return block === undefined ? 0 : Math.max(1, block.match(/<tspan/g)?.length ?? 0);
}

describe('pictures', () => {
  it.each(charts.map((chart) => [chart.name, chart] as const))(
    '%s has one or two lines under its title, the rest below',
    async (name, chart) => {
      for (const data of [dataFor(name), many, hostile]) {
        if (drawingOnce(chart, data)?.kind !== 'picture') continue;
        const svg = (await drawChart(chart, data))?.svg ?? '';
        expect(subtitleLines(svg)).toBeGreaterThan(0);
        expect(subtitleLines(svg)).toBeLessThanOrEqual(2);
        const words = svg.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, '');
        for (const entry of pictureOf(chart, data).subtitle) {
          const escaped = entry.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
          expect(words.replaceAll(/&#39;|&quot;/g, "'")).toContain(escaped.replaceAll('"', "'").replaceAll(/\s+/g, ''));
        }
      }
    },
  );

  it('are drawn in colours that all have a counterpart on dark paper', async () => {
    const unknown = new Set<string>();
    for (const chart of charts) {
      const svg = (await drawChart(chart, dataFor(chart.name)))?.svg ?? '';
      for (const [, color = ''] of svg.matchAll(/(?:fill|stroke)="([^"]*)"/g)) {
        if (color !== 'none' && color !== 'transparent' && !darkColors.has(color))
          unknown.add(`${chart.name}: ${color}`);
      }
    }
    expect([...unknown]).toEqual([]);
  });

  it('never part a setting from its value in the label of a row', () => {
    const settings = ['f16 activations', 'KV f32', '2 threads', 'context 512'];
    for (const framework of ['llamacpp', 'onnx', 'pytorch', 'a-framework', 'an-inference-server']) {
      const [row] = labelled([0], () => [`${framework} · ${settings.join(', ')}`]);
      const lines = row?.labels.labels[0]?.split('\n') ?? [];
      for (const setting of settings) expect(lines.some((line) => line.includes(setting))).toBe(true);
      for (const line of lines) expect(textWidth(line, 11)).toBeLessThanOrEqual(150);
    }
  });
});

describe('labels of crowded points', () => {
  const points = Array.from({ length: 14 }, (_, i) => ({
    x: 140,
    y: 160 + i * 9,
    text: `framework-${i} F16 ${i}.4 %`,
  }));
  const others = points.map((point) => ({ ...point, x: 440, y: point.y - 60 }));
  const all = [...points, ...others];
  const size = { width: 640, height: 330 };

  it('stand in columns: none is missing, none lies on another or on a point', () => {
    expect(isCrowded(placeLabels(all, size, { texts: [], lines: [] }))).toBe(true);
    const labels = labelColumns(all, size, { texts: [], lines: [] });
    expect(labels).toHaveLength(28);
    const boxes = labels.map(({ x, y }, i) => boxOf({ x, y, text: all[i]?.text ?? '' }));
    for (const [i, box] of boxes.entries()) {
      expect(box.left).toBeGreaterThanOrEqual(0);
      expect(box.right).toBeLessThanOrEqual(640);
      for (const other of boxes.slice(i + 1)) expect(overlap(box, other)).toBe(false);
      for (const { x, y } of all) expect(x > box.left && x < box.right && y > box.top && y < box.bottom).toBe(false);
    }
    const lines = labels.map(({ leader }, i) => ({ from: all[i] ?? { x: 0, y: 0 }, to: leader ?? { x: 0, y: 0 } }));
    for (const [i, { from, to }] of lines.entries()) {
      for (const [j, box] of boxes.entries()) {
        if (i !== j) expect(along([from, to]).some((piece) => overlap(piece, box))).toBe(false);
      }
      for (const other of lines.slice(i + 1)) expect(cross(from, to, other.from, other.to)).toBe(false);
    }
  });
});

interface Spot {
  x: number;
  y: number;
}

function cross(a: Spot, b: Spot, c: Spot, d: Spot): boolean {
  const side = (p: Spot, q: Spot, r: Spot) => Math.sign((q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x));
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

it.each([
  ['many contenders', many],
  ['very long names', hostile],
  ['two contenders', dataOf({ frameworks: ['llamacpp', 'pytorch'], quantizations: ['Q8_0'], runs: 6 })],
  ['nothing', plotData([])],
])('the first page of the PDF is one page with %s', async (_, data) => {
  const pictures = new Map<string, string>();
  for (const chart of charts) {
    const picture = await drawChart(chart, data);
    if (picture !== null) pictures.set(chart.name, picture.svg);
  }
  const document = reportOf(data);
  // The first section and nothing of the others, which would take minutes.
  expect(endOfFirstSection({ ...document, sections: document.sections.slice(0, 1), appendix: [] }, pictures)).toBe(1);
});
