/** Whether a member generated the same tokens as the fastest of its group, as far as runs of one seed can tell. */
import { type Group, type Member, memberName } from './groups.ts';
import { isRanked } from './standing.ts';

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
