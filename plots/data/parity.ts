/**
 * What parity runs found: the latest of each framework and setting, by host, device, model, weight class and reference; where
 * answers part from the reference; and whether members generated the same tokens.
 */

import { frameworkTitle } from '../../collate/analysis/framework-title.ts';
import { groupBy } from '../../collate/analysis/group-by.ts';
import { groupKeyOf } from '../../collate/analysis/groups.ts';
import { contenderKey, differingSettings, taskFieldsOf } from '../../collate/analysis/measurement.ts';
import type { RunRow } from '../../scripts/results/runs/runs.ts';
import type { ParityRow } from '../../scripts/workloads/parity/tables.ts';
import { type Group, groupsOf, isRanked, type Member, memberName } from './groups.ts';

export function parityGroups(runs: readonly RunRow[]): Group[] {
  const judged = runs.filter(
    (run) => run.workload === 'parity' && run.status === 'completed' && run.parity_passed !== null,
  );
  return groupsOf(judged, membersOf, referenceOf, referenceOf);
}

const referenceOf = (run: RunRow) => `against ${run.parity_reference ?? 'an unknown reference'}`;

/** The reference first, then by how far from it they are. */
function membersOf(group: readonly RunRow[]): Member[] {
  const latest = groupBy(group, (run) => [contenderKey(run), run.comparable]).map(
    (runs) => runs.toSorted((a, b) => ((a.started_at ?? '') < (b.started_at ?? '') ? 1 : -1))[0] ?? runs[0],
  );
  const silent = [...latest.flatMap(taskFieldsOf), 'model.quantize', 'model.weightClass', 'model.sha256'];
  return latest
    .toSorted((a, b) => distanceOf(a) - distanceOf(b))
    .map((run) => ({
      key: groupKeyOf(run),
      framework: run.framework ?? 'unknown framework',
      title: frameworkTitle(run),
      quantize: run.quantize ?? '',
      setting: [run.quantize ?? 'unknown format', ...differingSettings(run, latest, silent)].join(', '),
      comparable: run.comparable !== false,
      unequal: null,
      parity: { state: run.parity_passed === true ? 'passed' : 'failed', by: run },
      identical: [],
      runs: [run],
    }));
}

function distanceOf(run: RunRow): number {
  if (run.parity_is_reference === true) return -1;
  return run.parity_kl_mean ?? Number.POSITIVE_INFINITY;
}

export interface Divergence {
  readonly member: Member;
  readonly question: ParityRow;
  /** Whether the reference's own choice was closer than the tolerance of the weight class; null where that is unknown. */
  readonly explained: boolean | null;
}

/** The clearest choices of the reference first: those are the hardest to explain. */
export function divergencesOf(groups: readonly Group[], questions: readonly ParityRow[]): Divergence[] {
  const members = new Map(
    groups.flatMap((group) => group.members.flatMap((member) => member.runs.map((run) => [run.uuid, member]))),
  );
  return questions
    .flatMap((question) => {
      const member = members.get(question.uuid);
      if (member === undefined || question.divergence_position === null) return [];
      return { member, question, explained: isExplained(member, question) };
    })
    .sort((a, b) => gapOf(b) - gapOf(a));
}

function isExplained({ runs }: Member, { divergence_reference_gap: gap }: ParityRow): boolean | null {
  const tolerance = runs[0]?.parity_gap_tolerance ?? null;
  return gap === null || tolerance === null ? null : gap < tolerance;
}

function gapOf({ question }: Divergence): number {
  return question.divergence_reference_gap ?? 0;
}

/** Whether a member generated the same tokens as the fastest of its group, as far as runs of one seed can tell. */
export function sameOutputs(group: Group, member: Member): string {
  const reference = group.members.find(isRanked) ?? group.members[0];
  if (reference === undefined || reference === member) return group.members.length > 1 ? 'reference' : '–';
  const bySeed = new Map(reference.runs.map((run) => [run.seed, run.output_sha256]));
  const compared = member.runs.flatMap((run) => {
    const expected = bySeed.get(run.seed) ?? null;
    return expected === null || run.output_sha256 === null ? [] : expected === run.output_sha256;
  });
  if (compared.length === 0) return 'not compared';
  const name = memberName(reference);
  return compared.every(Boolean) ? `same as ${name}` : `differ from ${name}`;
}
