/**
 * Our figures and speed beside llama-perplexity's, on the same files, text and threads; both in turns. It makes the tables of
 * docs/perplexity.md.
 *
 *   npx tsx test/scripts/workloads/perplexity/beside-llama-perplexity.ts /path/to/llama-perplexity
 *   npx tsx test/scripts/workloads/perplexity/beside-llama-perplexity.ts /path/to/llama-perplexity MODEL.gguf CHUNKS THREADS
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { frameworkNamed } from '../../../../scripts/frameworks/registry.ts';
import { resolveModel } from '../../../../scripts/models/resolve.ts';
import { modelRequestsOf } from '../../../../scripts/run/prepare.ts';
import { records } from '../../../../scripts/workloads/perplexity/records.ts';
import { defaultTextFile } from '../../../../scripts/workloads/perplexity/text.ts';
import { runTool, type ToolRun, toolFigures } from './llama-perplexity.ts';

const [tool, model, chunks, threads = '1'] = process.argv.slice(2);
if (tool === undefined) throw new Error('name the llama-perplexity to compare with');

const perplexity = records.schemas[3];
const resultSchema = z.object({
  rows: z.array(z.object({ quantize: z.string(), figures: perplexity, evaluatedTokensPerSecond: z.number() })),
});
type OurRow = z.infer<typeof resultSchema>['rows'][number];

const folder = mkdtempSync(join(tmpdir(), 'tokenlap-beside-'));
const limit = chunks === undefined ? [] : ['--chunks', chunks];

async function ours(options: readonly string[]): Promise<OurRow[]> {
  const script = join(import.meta.dirname, '../../../../scripts/perplexity.ts');
  const args = ['tsx', script, '--frameworks', 'llamacpp', '--threads', threads, '--output', folder, '--json'];
  const { stdout } = await promisify(execFile)('npx', [...args, ...limit, ...options], { maxBuffer: 1e8 });
  return resultSchema.parse(JSON.parse(stdout)).rows;
}

/**
 * Evaluated tokens per second, loading and tokenising left out: as ours are counted, from the first chunk to the last. Its lines
 * begin with minutes, seconds, milliseconds and microseconds since its start; a comparison does not say when it ended.
 */
function theirSpeed({ printed, seconds }: ToolRun): number {
  const stamp = (what: string) => {
    const found = new RegExp(String.raw`(\d+)\.(\d+)\.(\d+)\.(\d+) I ${what}`).exec(printed);
    const [, minutes = 0, whole = 0, ms = 0, us = 0] = found?.map(Number) ?? [];
    return found === null ? undefined : minutes * 60 + whole + ms / 1e3 + us / 1e6;
  };
  const begun = stamp('[a-z_]+: (?:calculating|computing)');
  const [, count = 0, context = 0] = /over (\d+) chunks, n_ctx=(\d+)/.exec(printed)?.map(Number) ?? [];
  return (count * context) / ((stamp('Final estimate') ?? seconds) - (begun ?? Number.NaN));
}

function line(...cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

function compared(name: string, own: number, theirs: number, digits: number): void {
  line(name, own.toFixed(digits), theirs.toFixed(digits), (own / theirs).toFixed(4));
}

try {
  const pathOf = async (quantize: string) => {
    if (model !== undefined) return model;
    const request = modelRequestsOf({ size: 'tiny', seed: 1, offline: true })(frameworkNamed('llamacpp'), quantize);
    return (await resolveModel(request, () => {})).path;
  };
  const formats = model === undefined ? ['f16', 'f32', 'q8_0', 'q4_0'] : ['default'];
  const common = ['-f', defaultTextFile, '-t', threads, ...limit];
  line('perplexity alone', 'ours', 'llama-perplexity', 'ratio');
  for (const format of formats) {
    const path = await pathOf(format);
    const theirs = await runTool(tool, ['-m', path, ...common]);
    const [own] = await ours(['--model', path, '--no-reference']);
    if (own === undefined) throw new Error(`${format} was not scored`);
    compared(`${format} perplexity`, own.figures.perplexity.value, theirs.perplexity, 4);
    compared(`${format} tokens/s`, own.evaluatedTokensPerSecond, theirSpeed(theirs), 0);
  }
  const baseFile = join(folder, 'base.kld');
  const base = await runTool(tool, ['-m', await pathOf(formats[0] ?? ''), ...common, '--kl-divergence-base', baseFile]);
  const rows = await ours(
    model === undefined
      ? ['--size', 'tiny', '--quantize', formats.join(','), '--reference', 'llamacpp:f16']
      : ['--model', model, '--reference', 'llamacpp:same'],
  );
  line('against a reference', 'ours', 'llama-perplexity', 'ratio');
  for (const { quantize, figures, evaluatedTokensPerSecond } of rows) {
    const { divergence } = figures;
    if (divergence === null) {
      compared(`${quantize} tokens/s, the reference`, evaluatedTokensPerSecond, theirSpeed(base), 0);
      continue;
    }
    const run = await runTool(tool, [
      '-m',
      await pathOf(quantize),
      ...common,
      '--kl-divergence-base',
      baseFile,
      '--kl-divergence',
    ]);
    const theirs = toolFigures(run.printed);
    compared(`${quantize} perplexity`, figures.perplexity.value, theirs.perplexity, 4);
    compared(`${quantize} its error`, figures.perplexity.error ?? Number.NaN, theirs.perplexityError, 4);
    compared(`${quantize} ratio, stored`, divergence.stored.ratio.value, theirs.ratio, 6);
    compared(`${quantize} KL mean`, divergence.kl.value, theirs.klMean, 6);
    compared(`${quantize} KL its error`, divergence.kl.error ?? Number.NaN, theirs.klError, 6);
    compared(`${quantize} KL median`, divergence.klMedian, theirs.klMedian, 6);
    compared(`${quantize} KL 99 %`, divergence.klPercentiles['99'] ?? Number.NaN, theirs.klP99, 6);
    compared(`${quantize} KL max`, divergence.klMax, theirs.klMax, 6);
    compared(`${quantize} mean Δp`, divergence.shift.value, theirs.shiftMean, 5);
    compared(`${quantize} RMS Δp`, divergence.shiftRms.value, theirs.shiftRms, 5);
    compared(`${quantize} same top p`, divergence.sameTop.value, theirs.sameTop, 5);
    compared(`${quantize} tokens/s`, evaluatedTokensPerSecond, theirSpeed(run), 0);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
