/** Whether a result may be ranked; what may not be is shown hollow and named, with the reason. */
import { failureOf } from '../../collate/analysis/parity.ts';
import type { Member } from './groups.ts';

type Standing = Pick<Member, 'comparable' | 'parity'>;

export function isRanked(member: Standing): boolean {
  return markOf(member) === null;
}

/** In a word or two, for tables and labels; null where it is ranked. */
export function markOf({ comparable, parity }: Standing): 'not comparable' | 'failed parity' | null {
  if (!comparable) return 'not comparable';
  return parity.state === 'failed' ? 'failed parity' : null;
}

/** ` (failed parity)`; empty where it is ranked. */
export function markBehind(member: Standing): string {
  const mark = markOf(member);
  return mark === null ? '' : ` (${mark})`;
}

/** The whole reason; null where it is ranked. */
export function whyNotRanked({ comparable, parity }: Standing): string | null {
  if (!comparable) return 'not comparable (software device, silent fallback or broken invariant)';
  return parity.state === 'failed' ? failureOf(parity.by) : null;
}
