/** What is not as it was when a run was recorded: machine, engine, prompts, and the tokens of the answers. */
import { rollup } from 'd3-array';

import { bytes } from '../../command-line/format.ts';
import type { Settings } from '../../log/record-fields.ts';
import type { Effective, Header, RunRecord } from '../../log/run-log-format.ts';
import { lastOf, recordsOf } from '../../results/run.ts';
import type { AnswerRecord } from '../../workloads/questions/records.ts';

export interface Difference {
  what: string;
  recorded: string;
  here: string;
}

/** Known before anything is measured, the engine's version once it was asked. */
export function differencesBefore(
  recorded: Pick<Header, 'model' | 'framework' | 'tokenlap' | 'host'>,
  here: Pick<Header, 'model' | 'tokenlap' | 'host'> & { frameworkVersion: string | null },
): Difference[] {
  return [
    difference('model file (sha256)', recorded.model.sha256, here.model.sha256),
    difference('weights', recorded.model.quantization.got, here.model.quantization.got),
    ...(here.frameworkVersion === null
      ? []
      : [difference('engine', recorded.framework.version, here.frameworkVersion)]),
    difference('Tokenlap', recorded.tokenlap, here.tokenlap),
    ...hostDifferences(recorded.host, here.host),
  ].filter((found) => found !== null);
}

/** Seen in the logs of both runs: what the engine made of the request, and the prompts that it got. */
export function differencesAfter(recorded: readonly RunRecord[], here: readonly RunRecord[]): Difference[] {
  const effectiveOf = (records: readonly RunRecord[]) => lastOf({ records }, 'effective');
  return [...engineDifferences(effectiveOf(recorded), effectiveOf(here)), ...promptDifferences(recorded, here)];
}

function hostDifferences(recorded: Header['host'], here: Header['host']): Array<Difference | null> {
  const gpus = (host: Header['host']) => host.gpus.map(({ name }) => name).join(', ') || 'none';
  return [
    difference('host', recorded.hostname, here.hostname),
    difference('system', `${recorded.platform} ${recorded.release}`, `${here.platform} ${here.release}`),
    difference('CPU', recorded.cpuModel, here.cpuModel),
    difference('physical cores', String(recorded.physicalCores), String(here.physicalCores)),
    usableDifference(recorded.usable, here.usable),
    difference('memory', bytes(recorded.memoryBytes), bytes(here.memoryBytes)),
    difference('graphics', gpus(recorded), gpus(here)),
    difference('Node', recorded.node, here.node),
    difference('governor', recorded.governor ?? 'unknown', here.governor ?? 'unknown'),
    difference('power', recorded.powerSource ?? 'unknown', here.powerSource ?? 'unknown'),
  ];
}

/** Older logs say nothing of it. */
function usableDifference(recorded: Header['host']['usable'], here: Header['host']['usable']): Difference | null {
  if (recorded === undefined || here === undefined) return null;
  const words = ({ cores, coresBoundBy }: typeof here) => `${cores}, bound by ${coresBoundBy}`;
  return difference('usable cores', words(recorded), words(here));
}

function engineDifferences(recorded: Effective | null, here: Effective | null): Difference[] {
  if (recorded === null || here === null) return [];
  return [
    difference('device', `${recorded.device}, ${recorded.deviceName}`, `${here.device}, ${here.deviceName}`),
    ...settingDifferences(recorded.settings, here.settings),
    ...settingDifferences(recorded.build, here.build),
  ].filter((found) => found !== null);
}

function settingDifferences(recorded: Settings, here: Settings): Array<Difference | null> {
  return [...new Set([...Object.keys(recorded), ...Object.keys(here)])].map((name) =>
    difference(name, String(recorded[name] ?? 'not told'), String(here[name] ?? 'not told')),
  );
}

/** The prompt's token ids of each question: other ids are another workload, whatever the text. */
function promptDifferences(recorded: readonly RunRecord[], here: readonly RunRecord[]): Difference[] {
  const before = promptsOf(recorded);
  const changed = [...promptsOf(here)].filter(([id, sha256]) => (before.get(id) ?? sha256) !== sha256);
  const [first] = changed;
  if (first === undefined) return [];
  const [id, sha256] = first;
  return [
    {
      what: `prompt ids of ${changed.length} of ${before.size} questions, the first "${id}"`,
      recorded: shortHash(before.get(id) ?? ''),
      here: shortHash(sha256),
    },
  ];
}

function promptsOf(records: readonly RunRecord[]): Map<string, string> {
  return new Map(
    recordsOf({ records }, 'answer').map(({ questionId, promptTokensSha256 }) => [questionId, promptTokensSha256]),
  );
}

function difference(what: string, recorded: string, here: string): Difference | null {
  if (recorded === here) return null;
  return { what, recorded: shortHash(recorded), here: shortHash(here) };
}

function shortHash(text: string): string {
  return /^[0-9a-f]{64}$/.test(text) ? `${text.slice(0, 16)}…` : text;
}

/** Whether two runs gave the same answers, token by token. */
export interface OutputAgreement {
  /** Answers that both runs gave. */
  compared: number;
  identical: number;
  /** Null where all are identical. */
  first: { questionId: string; round: number; position: number } | null;
}

export function outputAgreement(recorded: readonly RunRecord[], replayed: readonly RunRecord[]): OutputAgreement {
  const before = outputsOf(recorded);
  const after = outputsOf(replayed);
  const shared = [...before].flatMap(([key, output]) => {
    const again = after.get(key);
    return again === undefined ? [] : { ...output, position: firstDifference(output.ids, again.ids) };
  });
  const different = shared.filter(({ position }) => position !== null);
  const [first] = different;
  return {
    compared: shared.length,
    identical: shared.length - different.length,
    first:
      first === undefined ? null : { questionId: first.questionId, round: first.round, position: first.position ?? 0 },
  };
}

interface Output {
  questionId: string;
  round: number;
  ids: readonly number[];
}

function outputsOf(records: readonly RunRecord[]): Map<string, Output> {
  const idsOf = rollup(
    recordsOf({ records }, 'token'),
    (tokens) => tokens.map(({ id }) => id),
    ({ answer }) => answer,
  );
  return new Map(
    measuredAnswers(records).map(({ answer, questionId, round }) => [
      `${round} ${questionId}`,
      { questionId, round, ids: idsOf.get(answer) ?? [] },
    ]),
  );
}

/** Null where both are the same. */
function firstDifference(a: readonly number[], b: readonly number[]): number | null {
  for (let i = 0; i < Math.max(a.length, b.length); i++) if (a[i] !== b[i]) return i;
  return null;
}

export function measuredAnswers(records: readonly RunRecord[]): AnswerRecord[] {
  return recordsOf({ records }, 'answer').filter(({ phase }) => phase === 'measured');
}
