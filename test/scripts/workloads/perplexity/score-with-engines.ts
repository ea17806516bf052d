/** Scores texts with real engines, as perplexity.ts does, but for the command line. */

import { frameworkNamed } from '../../../../scripts/frameworks/registry.ts';
import { resolveModel } from '../../../../scripts/models/resolve.ts';
import { modelRequestsOf } from '../../../../scripts/run/prepare.ts';
import { defaultTextFile, readText } from '../../../../scripts/workloads/perplexity/text.ts';
import { type Scored, textScored } from '../../../../scripts/workloads/perplexity/workload.ts';
import { compareWithReferences } from '../../../../scripts/workloads/reference/compare-trials.ts';
import { parseReference } from '../../../../scripts/workloads/reference/reference-choice.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { scriptedPlan } from '../../../fakes/scripted-run.ts';

export interface Wish {
  /** `framework:format` */
  runs: readonly string[];
  /** Absent: nothing is compared. */
  reference?: string;
  chunks?: number;
  chunkTokens?: number;
  /** A file instead of the embedded model. */
  model?: string;
}

/** On one thread: a busy machine with as many threads as cores computes hardly at all. */
export async function scoreWithEngines({
  runs,
  reference,
  chunks,
  chunkTokens,
  model,
}: Wish): Promise<Map<string, Scored>> {
  const output = outputFolder();
  const { settings } = scriptedPlan(output);
  const chosen = model === undefined ? { size: 'tiny' } : { model };
  const modelRequest = modelRequestsOf({ ...chosen, seed: 1, offline: true });
  const candidates = await Promise.all(
    runs.map(async (run) => {
      const [name = '', quantize = ''] = run.split(':');
      const framework = frameworkNamed(name);
      const request = modelRequest(framework, quantize);
      return { framework, quantize, request, model: await resolveModel(request, () => {}) };
    }),
  );
  const { outcomeOf } = await compareWithReferences(
    candidates,
    textScored({ text: await readText(defaultTextFile), chunks, chunkTokens }),
    {
      ...settings,
      contextTokens: undefined,
      batchTokens: 512,
      kvType: 'auto',
      reference: reference === undefined ? null : parseReference(reference),
      modelRequest,
      session: '00000000-0000-4000-8000-000000000000',
      seed: 1,
      timeoutMs: 120_000,
      output,
      anonymize: false,
      command: ['test'],
    },
    { update: () => {}, stage: () => {}, end: () => {} },
    new AbortController().signal,
  );
  return new Map(
    runs.map((run, i) => {
      const candidate = candidates[i];
      const outcome = candidate === undefined ? undefined : outcomeOf(candidate);
      if (outcome?.status !== 'scored') throw new Error(`${run}: ${outcome?.reason ?? 'it was not run'}`);
      return [run, outcome];
    }),
  );
}
