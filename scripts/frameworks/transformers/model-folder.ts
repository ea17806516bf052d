/** The folder that transformers loads: made of a model file once, and kept in the cache. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { lineageKey, ownStep, withStep } from '../../log/lineage.ts';
import { exportedArchitectures } from '../../models/convert/converters.ts';
import {
  configFile,
  type ExportPlan,
  type ExportType,
  planExport,
  writeExport,
} from '../../models/export/export-folder.ts';
import { lineageOf } from '../../models/file-digest.ts';
import { ggufFacts } from '../../models/gguf/facts.ts';
import type { GgufFile } from '../../models/gguf/format.ts';
import { readGguf } from '../../models/gguf/reader.ts';
import { type FreeBytes, freeBytesOf, makeFolderOf, modelCacheFolder, requireSpace } from '../../models/model-cache.ts';
import { digestWithProgress } from '../../models/model-files.ts';
import { stoppable } from '../../models/model-progress.ts';
import { withLock } from '../../models/new-file.ts';
import type { ConversionRequest, EngineSettings } from '../framework.ts';

/**
 * @returns path of the complete folder; of the file itself where transformers reads it with its own reader
 * @throws UserError when a folder cannot express the model, the disk has too little space, or `signal` is aborted
 */
export async function modelFolder(
  { modelPath, settings, progress, signal }: ConversionRequest,
  freeBytes: FreeBytes = freeBytesOf,
): Promise<string> {
  const file = await readGguf(modelPath);
  const { architecture, quantization, effectiveBitsPerWeight } = ggufFacts(file);
  if (!exportedArchitectures.includes(architecture)) return modelPath;
  // Known already where the model was described; else it is hashed before the work that is shown.
  const sha256 = await digestWithProgress(
    file,
    stoppable(() => {}, signal),
  );
  const { type, plan } = await plannedIn(typesFor(file, settings.precision), file);
  const name = basename(modelPath).replace(/\.gguf$/i, '');
  const folder = join(modelCacheFolder(), 'hf', `${name}-${type}-${planDigest(sha256, plan).slice(0, 12)}`);
  const isComplete = () => existsSync(join(folder, configFile));
  if (isComplete()) return folder;
  makeFolderOf(folder);
  await withLock(folder, async () => {
    if (isComplete()) return;
    requireSpace(folder, plan.weightBytes, freeBytes);
    const step = ownStep('export', sha256, { to: 'hf', dtype: type });
    const lineage = withStep(lineageOf(modelPath, sha256, file.metadata), step);
    const properties = {
      [lineageKey]: JSON.stringify(lineage),
      // The engine says of them how the weights lie in memory.
      'tokenlap.quantization': quantization,
      'tokenlap.bits_per_weight': String(effectiveBitsPerWeight),
    };
    const report = stoppable(({ done, total }) => progress(done / total), signal);
    const label = `writing the folder of ${name}`;
    const written = (done: number) => report({ label, done, total: plan.weightBytes });
    await writeExport(plan, folder, properties, written, 'TOKENLAP_CACHE=DIR');
  });
  return folder;
}

/** The formats in which the folder may have its weights, best first. Only float32 holds the values of every file. */
function typesFor({ tensors }: GgufFile, precision: EngineSettings['precision']): readonly ExportType[] {
  if (precision === 'float16') return ['f16'];
  if (precision === 'bfloat16') return ['bf16'];
  const short = (['f16', 'bf16'] as const).filter((type) => tensors.some((tensor) => tensor.type === type));
  return [...short, 'f32'];
}

/** The first that rounds no weight, else the last. */
async function plannedIn(
  types: readonly ExportType[],
  file: GgufFile,
): Promise<{ type: ExportType; plan: ExportPlan }> {
  for (const type of types.slice(0, -1)) {
    const plan = await planExport(file, type);
    if (plan.exact) return { type, plan };
  }
  const type = types.at(-1) ?? 'f32';
  return { type, plan: await planExport(file, type) };
}

/** Another file and another way to export it make another folder. */
function planDigest(sha256: string, { files, weights }: ExportPlan): string {
  const hash = createHash('sha256').update(sha256);
  for (const [name, content] of files) hash.update(name).update(content);
  return hash.update(JSON.stringify(weights.map(({ entry }) => entry))).digest('hex');
}
