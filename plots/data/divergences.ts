/** Answers that part from the reference, the clearest choices of the reference first: those are the hardest to explain. */
import type { ParityRow } from '../../scripts/workloads/parity/tables.ts';
import type { Group, Member } from './groups.ts';

export interface Divergence {
  readonly member: Member;
  readonly question: ParityRow;
  /** Whether the reference's own choice was closer than the tolerance of the weight class; null where that is unknown. */
  readonly explained: boolean | null;
}

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
