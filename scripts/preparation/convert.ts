/** A folder of transformers becomes a GGUF file: by ourselves, or through llama.cpp's script. */
import { basename, join, resolve } from 'node:path';
import { interpreterFor } from '../engine/python-interpreter.ts';
import { convertNeeds, convertPythonPath, convertScript } from '../frameworks/llamacpp/tools/native-tool.ts';
import { type Lineage, type LineageStep, lineageKey, ownTool, withStep } from '../log/lineage.ts';
import { type ConvertTarget, planConversion, writeConversion } from '../models/convert/convert-folder.ts';
import { openSourceFolder, type SourceFolder } from '../models/convert/source-folder.ts';
import { fileSha256, filesSha256, writeDigestNote } from '../models/file-digest.ts';
import { ggufFacts } from '../models/gguf/facts.ts';
import { readGguf } from '../models/gguf/reader.ts';
import type { ModelProgress } from '../models/model-progress.ts';
import { requireFree, writeOutput } from '../models/new-file.ts';
import { runTool } from './outside-converters.ts';

export interface ConvertRequest {
  folder: string;
  to: ConvertTarget;
  /** Absent: named after the folder, in the current one. */
  output: string | undefined;
  /** `general.name`; absent: the folder's. */
  name: string | undefined;
  pre: string | undefined;
  /** Keys of config.json that are not known here, and that a person vouches for. */
  acceptedKeys?: readonly string[] | undefined;
  tool: 'own' | 'llama.cpp';
  /** Path of convert_hf_to_gguf.py. */
  convertScript: string | undefined;
  force: boolean;
}

export interface Converted {
  path: string;
  tool: string;
  architecture: string;
  tensors: number;
  parameters: number;
  bytes: number;
  bitsPerWeight: number;
  sha256: string;
  durationMs: number;
  peakResidentBytes: number;
  lineage: Lineage;
}

export async function convertModel(
  request: ConvertRequest,
  progress: ModelProgress,
  signal: AbortSignal,
): Promise<Converted> {
  const folder = openSourceFolder(request.folder);
  const path = resolve(request.output ?? `${folder.name}-${request.to}.gguf`);
  requireFree(path, request.force);
  // What cannot be converted is said before gigabytes are hashed.
  if (request.tool === 'own') planConversion(folder, optionsOf(request, folder, []));
  const root = await rootOf(folder, progress);
  const startedMs = performance.now();
  const made =
    request.tool === 'own'
      ? await byOurselves(request, folder, root, path, progress)
      : await byLlamaCpp(request, folder, root, path, progress, signal);
  const durationMs = performance.now() - startedMs;
  const file = await readGguf(path);
  const facts = ggufFacts(file);
  const sha256 = made.sha256 ?? (await fileSha256(path, (done, total) => progress({ label: 'hashing', done, total })));
  const lineage = withStep({ root, steps: [] }, made.step);
  await writeDigestNote(path, sha256, `converted from ${folder.path}`, lineage);
  return {
    ...{ path, tool: made.step.tool, architecture: facts.architecture, tensors: file.tensors.length },
    ...{ parameters: facts.parameters, bytes: file.fileBytes, bitsPerWeight: facts.effectiveBitsPerWeight },
    ...{ sha256, durationMs, peakResidentBytes: process.resourceUsage().maxRSS * 1024, lineage },
  };
}

interface Made {
  step: LineageStep;
  /** Null: not hashed while it was written. */
  sha256: string | null;
}

function optionsOf({ to, name, pre, acceptedKeys }: ConvertRequest, folder: SourceFolder, steps: readonly Lineage[]) {
  const additions = steps.map((lineage) => [lineageKey, { type: 'string', value: JSON.stringify(lineage) }] as const);
  return { to, name: name ?? folder.name, pre, additions, acceptedKeys };
}

async function byOurselves(
  request: ConvertRequest,
  folder: SourceFolder,
  root: Lineage['root'],
  path: string,
  progress: ModelProgress,
): Promise<Made> {
  const { to, pre, acceptedKeys = [] } = request;
  const options = {
    to,
    ...(pre === undefined ? {} : { pre }),
    ...(acceptedKeys.length === 0 ? {} : { acceptedConfig: acceptedKeys.join(',') }),
  };
  const step: LineageStep = { action: 'convert', ...ownTool, inputSha256: root.sha256, options };
  const plan = planConversion(folder, optionsOf(request, folder, [withStep({ root, steps: [] }, step)]));
  const label = `converting ${folder.name} to ${to}`;
  let sha256: string | null = null;
  await writeOutput(path, plan.layout.fileBytes, async (temporary) => {
    sha256 = await writeConversion(plan, temporary, (done) => progress({ label, done, total: plan.layout.fileBytes }));
  });
  return { step, sha256 };
}

async function byLlamaCpp(
  { convertScript: given, to }: ConvertRequest,
  folder: SourceFolder,
  root: Lineage['root'],
  path: string,
  progress: ModelProgress,
  signal: AbortSignal,
): Promise<Made> {
  const script = convertScript(given);
  const python = await interpreterFor(convertNeeds);
  const label = `converting ${folder.name} to ${to} (${basename(script)})`;
  const expected = [...folder.tensors.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  await writeOutput(path, expected, (temporary) =>
    runTool(
      python.path,
      [script, folder.path, '--outtype', to, '--outfile', temporary],
      { PYTHONPATH: convertPythonPath(script), HF_HUB_OFFLINE: '1' },
      () => progress({ label, done: 0, total: 0 }),
      signal,
    ),
  );
  const step: LineageStep = {
    ...{ action: 'convert', tool: basename(script), version: null, inputSha256: root.sha256, options: { to } },
  };
  return { step, sha256: null };
}

async function rootOf(folder: SourceFolder, progress: ModelProgress): Promise<Lineage['root']> {
  const label = `hashing ${folder.name}`;
  const sha256 = await filesSha256(folder.weightFiles, (done, total) => progress({ label, done, total }));
  const [first, ...others] = folder.weightFiles;
  const single = first !== undefined && others.length === 0;
  return { sha256, name: single ? join(folder.name, basename(first)) : folder.name };
}
