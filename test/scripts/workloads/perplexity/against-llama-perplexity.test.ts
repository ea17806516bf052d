/**
 * Held against llama-perplexity, on the same model files and the same text. Its figures were recorded once; where it is
 * installed it is asked again: TOKENLAP_LLAMA_PERPLEXITY=/path/to/llama-perplexity npx vitest run against-llama-perplexity
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { probeFramework } from '../../../../scripts/engine/engine.ts';
import { frameworkNamed } from '../../../../scripts/frameworks/registry.ts';
import { modelRequestOf } from '../../../../scripts/models/model-options.ts';
import { resolveModel } from '../../../../scripts/models/resolve.ts';
import type { PerplexityRecord } from '../../../../scripts/workloads/perplexity/records.ts';
import { defaultTextFile } from '../../../../scripts/workloads/perplexity/text.ts';
import type { Scored } from '../../../../scripts/workloads/perplexity/workload.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { skipped } from '../../../fakes/skipped.ts';
import { copyThatAddsBos, runTool, type ToolFigures, toolFigures } from './llama-perplexity.ts';
import { scoreWithEngines } from './score-with-engines.ts';

const tool = process.env.TOKENLAP_LLAMA_PERPLEXITY ?? '';
skipped(tool === '', 'llama-perplexity: TOKENLAP_LLAMA_PERPLEXITY names none; its recorded figures hold');

const tiny = join(import.meta.dirname, '../../../../configs/tiny/tiny-chat-f16.gguf');

/**
 * llama-perplexity v0.5.0 (commit de3ff81), x86-64 with AVX-512, on english.txt as named here and the files of which these
 * are the hashes:
 *   llama-perplexity -m tiny-chat-f16.gguf -f english.txt -t 1 --kl-divergence-base f16.kld
 *   llama-perplexity -m tiny-chat-FORMAT.gguf -f english.txt -t 1 --kl-divergence-base f16.kld --kl-divergence
 */
const recorded = {
  text: 'de589eaf6643ac48fc9fbf9ea228375a43922b454fe8dc880386af778b2e075b',
  models: {
    f32: '10f4e812758bf5af3d774204845fccce4dd0eedb172961e8b4cdcc6f3101dc18',
    f16: '364a16b68adbb906b497a71874cd37f7910d0794d19cbb1021bc1bf504686916',
    q8_0: '1148173128c0398288b252c629d52fee6712bca311e978f2c94db338c91d0334',
    q4_0: 'ea7067d30b972f15ce387a37faf92d2d29db1c80d62c9f83d42a024d057ba6ec',
  },
  /** The file below, made to add BOS; `-m FILE -f english.txt -t 1 --chunks 3`. */
  withBos: 8885.5877,
} as const;

/** Another processor has other kernels; within one per cent is what is promised. */
const promised = 0.01;

function expectNear(found: number, expected: number, printedTo: number, share = promised): void {
  expect(Math.abs(found - expected), `${found}, and llama-perplexity has ${expected}`).toBeLessThanOrEqual(
    Math.max(Math.abs(expected) * share, printedTo),
  );
}

function expectAlike({ perplexity, divergence }: PerplexityRecord, theirs: ToolFigures): void {
  if (divergence === null) throw new Error('nothing was compared');
  const { stored, kl, klPercentiles, sameTop, shift, shiftRms } = divergence;
  expectNear(perplexity.value, theirs.perplexity, 1e-6);
  expectNear(perplexity.error ?? Number.NaN, theirs.perplexityError, 1e-6);
  expectNear(stored.referencePerplexity.value, theirs.basePerplexity, 1e-6);
  expectNear(stored.ratio.value, theirs.ratio, 1e-6);
  expectNear(stored.ratio.error ?? Number.NaN, theirs.ratioError, 1e-6);
  expectNear(kl.value, theirs.klMean, 1e-6);
  expectNear(kl.error ?? Number.NaN, theirs.klError, 1e-6);
  expectNear(divergence.klMedian, theirs.klMedian, 1e-6);
  // Single tokens, and a spread that they dominate, differ more between kernels than means do.
  expectNear(klPercentiles['99'] ?? Number.NaN, theirs.klP99, 1e-5, 0.05);
  expectNear(divergence.klMax, theirs.klMax, 1e-4, 0.1);
  expectNear(sameTop.value, theirs.sameTop, 2e-3);
  expectNear(sameTop.error ?? Number.NaN, theirs.sameTopError, 2e-4, 0.1);
  expectNear(shift.value, theirs.shiftMean, 5e-5);
  expectNear(shiftRms.value, theirs.shiftRms, 1e-5);
  expectNear(shiftRms.error ?? Number.NaN, theirs.shiftRmsError, 1e-5, 0.05);
}

describe('llama.cpp in F32, Q8_0 and Q4_0 against its F16', () => {
  // By whichever test comes first, for all of them.
  let scoring: Promise<Map<string, Scored>> | undefined;
  const figuresOf = async (format: string) => {
    const runs = ['llamacpp:f16', 'llamacpp:f32', 'llamacpp:q8_0', 'llamacpp:q4_0'];
    scoring ??= scoreWithEngines({ runs, reference: 'llamacpp:f16' });
    const found = (await scoring).get(`llamacpp:${format}`);
    if (found === undefined) throw new Error(`${format} was not scored`);
    return found;
  };

  it.each(['f32', 'q8_0', 'q4_0'] as const)('has the figures of llama-perplexity for %s', async (format) => {
    const { figures, text } = await figuresOf(format);
    expect(text.sha256).toBe(recorded.text);
    expectAlike(
      figures,
      toolFigures(readFileSync(join(import.meta.dirname, `recorded/tiny-${format}-from-f16.txt`), 'utf8')),
    );
  });

  it('gives the reference itself its perplexity', async () => {
    const { figures } = await figuresOf('f16');
    const theirs = toolFigures(readFileSync(join(import.meta.dirname, 'recorded/tiny-f16-from-f16.txt'), 'utf8'));
    expectNear(figures.perplexity.value, theirs.perplexity, 1e-6);
    expectNear(figures.perplexity.error ?? Number.NaN, theirs.perplexityError, 1e-6);
  });

  it.each(Object.entries(recorded.models))('scored the very file of %s that was recorded', async (format, sha256) => {
    const request = modelRequestOf({ size: 'tiny', quantize: format, offline: true }, { seed: 1, formats: [format] });
    expect((await resolveModel(request, () => {})).record.sha256).toBe(sha256);
  });

  it.skipIf(tool === '').each(['f32', 'q8_0', 'q4_0'] as const)(
    'has what llama-perplexity says now for %s',
    async (format) => {
      const base = join(outputFolder(), 'base.kld');
      const common = ['-f', defaultTextFile, '-t', '1', '--kl-divergence-base', base];
      await runTool(tool, ['-m', tiny, ...common]);
      const request = modelRequestOf({ size: 'tiny', quantize: format, offline: true }, { seed: 1, formats: [format] });
      const { path } = await resolveModel(request, () => {});
      const { printed } = await runTool(tool, ['-m', path, ...common, '--kl-divergence']);
      expectAlike((await figuresOf(format)).figures, toolFigures(printed));
    },
  );
});

describe('a tokenizer that adds BOS', () => {
  it('has the perplexity of llama-perplexity, which puts it in place of the first token of each chunk', async () => {
    const model = join(outputFolder(), 'with-bos.gguf');
    copyThatAddsBos(tiny, model);
    const scored = await scoreWithEngines({ runs: ['llamacpp:default'], model, chunks: 3 });
    const { figures, text } = scored.get('llamacpp:default') ?? {};
    expect(text?.bos).not.toBeNull();
    // Nothing is compared, so no logits left the engine.
    expect(figures?.from).toBe('likelihoods');
    // Without BOS it would be 8813.6347.
    expectNear(figures?.perplexity.value ?? Number.NaN, recorded.withBos, 1e-4, 0.002);
    if (tool === '') return;
    const now = await runTool(tool, ['-m', model, '-f', defaultTextFile, '-t', '1', '--chunks', '3']);
    expectNear(figures?.perplexity.value ?? Number.NaN, now.perplexity, 1e-4, 0.002);
  });
});

describe('other engines on the same file', () => {
  it('agree with llama.cpp on how likely the text is, and on what is', async () => {
    const others = ['onnx:f16'];
    const availability = await probeFramework(frameworkNamed('pytorch'));
    if (availability.status === 'available') others.push('pytorch:f16');
    else skipped(true, `the likelihood of PyTorch: ${availability.reason}. ${availability.remedy}`);
    const scored = await scoreWithEngines({ runs: ['llamacpp:f16', ...others], reference: 'llamacpp:f16', chunks: 2 });
    const own = scored.get('llamacpp:f16')?.figures;
    for (const name of others) {
      const other = scored.get(name)?.figures;
      expectNear(other?.perplexity.value ?? Number.NaN, own?.perplexity.value ?? Number.NaN, 0, 1e-3);
      expect(other?.divergence?.kl.value).toBeLessThan(1e-4);
      expect(other?.divergence?.sameTop.value).toBeGreaterThan(0.99);
    }
  });
});
