import { describe, expect, it } from 'vitest';
import { parity as chart } from '../../plots/charts/parity.ts';
import { plotData } from '../../plots/data/plot-data.ts';
import { renderPng } from '../../plots/render/svg.ts';
import type { Section } from '../../plots/report/document.ts';
import { drawChart, pictureOf, reportOf } from './drawn.ts';
import { divergedQuestion, parityRun } from './parity-factory.ts';
import { pythonComparison } from './python-frameworks.ts';
import { askedOptions, completedRun, dataOf, shapedRuns } from './row-factory.ts';

const python = pythonComparison();
const single = plotData([parityRun({ framework: 'pytorch' })]);

const sectionOf = (data: ReturnType<typeof plotData>, id: string): Section | undefined => {
  const { sections, appendix } = reportOf(data);
  return [...sections, ...appendix].find((section) => section.id === id);
};

function wordsOf(section: Section | undefined): string {
  return (section?.blocks ?? [])
    .flatMap((block) => {
      switch (block.kind) {
        case 'paragraph':
          return [`${block.role}: ${block.text}`];
        case 'list':
          return [...block.items];
        case 'commands':
          return [...block.lines];
        case 'table':
          return [block.caption, ...block.rows.map((row) => row.map((cell) => cell.text).join(' | '))];
        case 'figure':
          return [block.title];
        default:
          return block satisfies never;
      }
    })
    .join('\n');
}

describe('the parity chart', () => {
  it('is a card with the command that fills it where nothing was checked', async () => {
    const data = dataOf({ frameworks: ['llamacpp'], quantizations: ['Q8_0'], runs: 1 });
    expect(chart.draw(data)).toMatchObject({
      kind: 'gap',
      command: expect.stringContaining('scripts/parity.ts'),
    });
    const picture = await drawChart(chart, data);
    expect(renderPng(picture?.svg ?? '').length).toBeGreaterThan(1000);
  });

  it('says who fails, and who agrees', () => {
    expect(pictureOf(chart, python).title).toBe('1 of 13 results fails parity: hybrid');
    expect(pictureOf(chart, single).title).toBe('pytorch agrees with the reference');
    const two = plotData([parityRun({ framework: 'pytorch' }), parityRun({ framework: 'tinygrad', uuid: 't' })]);
    expect(pictureOf(chart, two).title).toBe('All 2 results agree with the reference');
  });

  it('names the reference and what is hollow', () => {
    const subtitle = pictureOf(chart, python).subtitle.join(' ');
    expect(subtitle).toContain('Reference: llama.cpp F32 (3.22.0).');
    expect(subtitle).toContain('Hollow: failed parity, not ranked: hybrid · Q4_0.');
    expect(subtitle).toContain('not above 1e-10 stands at its left end');
    expect(pictureOf(chart, single).subtitle.join(' ')).not.toContain('left end');
  });

  it('has a place for a divergence of nothing, and for an engine without logits', async () => {
    const data = plotData([
      parityRun({ quantize: 'F32' }, { self: true }),
      parityRun({ framework: 'mlc', quantize: 'F32', uuid: 'm' }, { logits: false }),
    ]);
    const svg = (await drawChart(chart, data))?.svg ?? '';
    expect(svg).toContain('≤ 1e-10');
    expect(svg).toContain('no logits');
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it('shows the latest of several parity runs of one framework and setting', () => {
    const earlier = parityRun({ started_at: '2026-01-01T00:00:00.000Z', uuid: 'e' }, { divergesAt: 0, gap: 2 });
    const data = plotData([parityRun({ uuid: 'l' }), earlier, parityRun({ threads: 4, quantize: 'Q4_0', uuid: 'q' })]);
    expect(data.parityGroups.map((group) => group.members.map(({ runs }) => runs.map((run) => run.uuid)))).toEqual([
      [['l']],
      [['q']],
    ]);
  });

  it('gives every reference a panel of its own', () => {
    const same = { parity_reference: 'llama.cpp Q8_0 (3.22.0)', max_tokens: 128 };
    const data = plotData([
      parityRun({ uuid: 'a' }),
      parityRun({ ...same, uuid: 'b' }),
      parityRun({ quantize: 'F16', uuid: 'c' }),
    ]);
    expect(data.parityGroups.map(({ weightClass, condition }) => [weightClass, condition])).toEqual([
      ['16-bit', ''],
      ['8-bit', 'against llama.cpp F32 (3.22.0)'],
      ['8-bit', 'against llama.cpp Q8_0 (3.22.0)'],
    ]);
  });

  it('keeps parity runs out of everything that is timed', () => {
    expect(single.groups).toEqual([]);
    expect(
      python.groups.every((group) =>
        group.members.every(({ runs }) => runs.every(({ workload }) => workload === 'qa')),
      ),
    ).toBe(true);
  });
});

describe('the report on parity', () => {
  it('has reference, tolerances, table, failures in words and where answers part', () => {
    const words = wordsOf(sectionOf(python, 'parity')) + wordsOf(sectionOf(python, 'diverged-answers'));
    expect(words).toContain('Each framework answered 24 questions greedily');
    expect(words).toContain('The reference is llama.cpp F32 (3.22.0).');
    expect(words).toContain(
      '8-bit: answers part only where the two best logits of the reference were closer than 0.3; the same token comes first at 97 %',
    );
    expect(words).toMatch(
      /warning: hybrid · Q4_0 on box-1 · cpu · smollm2-135m · 4-bit is not ranked: parity with .* failed, first divergence at token 3: 2 of 24 answers diverge/,
    );
    expect(words).toContain('4-bit | hybrid · Q4_0 | failed | 24 | 886 of 960 | 3 | 1.37 | 84.82 | 0.17 | 12');
    expect(words).toContain('32-bit | llamacpp · F32 | reference | 24 | 960 of 960 | – | – | 100 | 0 | 0');
    expect(words).toContain('hybrid · Q4_0 | What is a KV cache? | 3 | 312 | end | 1.37 | 0.685 | no');
    expect(words).toContain('tinygrad · Q4_0 | What is a KV cache? | 24 | 312 | end | 0.400 | 0.200 | yes');
  });

  it('ranks who passed although the outputs differ, and not who failed', () => {
    const words = wordsOf(sectionOf(python, 'answer')) + wordsOf(sectionOf(python, 'answer-in-full'));
    expect(words).toContain(
      'answer: Use llamacpp for smollm2-135m in the 4-bit class on box-1 (cpu): it answers fastest',
    );
    expect(words).toContain('4-bit | llamacpp | 171 | 5.46 | 5.36 to 5.56 | faster');
    expect(words).toContain('warning: Failed parity, and not ranked: hybrid in the 4-bit class.');
    expect(wordsOf(sectionOf(python, 'speed'))).toContain('4-bit | hybrid (failed parity) | 32.0 | 7 | 28.0');
    expect(wordsOf(sectionOf(python, 'warnings'))).toContain(
      'hybrid on box-1 · cpu · smollm2-135m · 4-bit: parity with',
    );
  });

  it('says where hashes stand in for a parity run', () => {
    const runs = shapedRuns({ frameworks: ['llamacpp', 'pytorch'], quantizations: ['Q8_0'], runs: 6 });
    const data = plotData([...runs, parityRun({ uuid: 'p' })]);
    expect(wordsOf(sectionOf(data, 'answer'))).toContain(
      'No parity run judges pytorch: the hashes of the outputs stand in for it.',
    );
    expect(wordsOf(sectionOf(data, 'parity'))).toContain('Without a parity run: pytorch (8-bit).');
  });

  it('says which bits a framework reads, next to the weight class', () => {
    const words = wordsOf(sectionOf(python, 'speed'));
    expect(words).toContain(
      'pytorch: float32 (32 bits), dequantised at load from files of 16, 8.5, 4.5 bits per weight.',
    );
    expect(words).toContain(
      'pytorch: nf4 in blocks of 64 (4.5 bits), quantised at load from files of 16 bits per weight.',
    );
    expect(words).toContain('8-bit | llamacpp | 8.50 |');
    expect(words).toContain('8-bit | pytorch | 32.0 |');
  });

  it('shows what engines count, and how to get what is missing', () => {
    expect(wordsOf(sectionOf(python, 'cold-start'))).toContain(
      '16-bit | tinygrad | 7 | 214 | 3.10 | 180 | 34.0 | 97.0',
    );
    expect(wordsOf(sectionOf(python, 'memory'))).toContain('16-bit | hybrid | 7 | 538 | 4.00 | 12.0');
    expect(wordsOf(sectionOf(python, 'did-not-run'))).toContain('mlc: Install Chromium, or name one with CHROME_PATH.');
  });

  it('counts the divergences that it leaves to the table', () => {
    const run = parityRun({ framework: 'pytorch' }, { divergesAt: 4, gap: 0.1 });
    const parity = Array.from({ length: 23 }, (_, i) => divergedQuestion(run, { question: `Question ${i}?` }));
    const words = wordsOf(sectionOf(plotData([run], { parity }), 'diverged-answers'));
    expect(words.match(/Question \d+\?/g)).toHaveLength(20);
    expect(words).toContain('3 more are in parity.csv.');
  });

  it('names a parity run that did not complete with its workload', () => {
    const failed = completedRun({ workload: 'parity', status: 'failed', error: 'not the same vocabulary', uuid: 'f' });
    expect(wordsOf(sectionOf(plotData([failed]), 'did-not-run'))).toContain(
      'failed (parity) | not the same vocabulary',
    );
  });

  it('repeats the parity check in one command', () => {
    const runs = [
      parityRun({ framework: 'pytorch', quantize: 'Q8_0', uuid: 'a' }),
      parityRun({ framework: 'tinygrad', quantize: 'F16', uuid: 'b' }),
      parityRun({ framework: 'llamacpp', quantize: 'F32', uuid: 'c' }, { self: true }),
      completedRun({
        ...{ framework: 'pytorch', session: null, uuid: 'd', script: 'scripts/pytorch-benchmark.ts' },
        ...askedOptions({ quantize: 'Q8_0', precision: 'nf4', compile: true }),
      }),
    ];
    const words = wordsOf(sectionOf(plotData(runs), 'reproduce'));
    expect(words).toContain(
      'npx tsx scripts/parity.ts --frameworks pytorch,tinygrad --max-tokens 64 --size 135M --quantize Q8_0,F16 --seed 1 --threads 2',
    );
    expect(words).toContain(
      'scripts/pytorch-benchmark.ts --size 135M --quantize Q8_0 --seed 1 --threads 2 --precision nf4 --compile --max-tokens 64',
    );
    expect(words).not.toContain('--workload parity');
  });
});
