/** One thing that the doctor looked at. */

export const parts = ['Machine', 'Frameworks', 'Models and disk', 'What disturbs'] as const;
type Part = (typeof parts)[number];

/** `unknown`: nothing here tells it, which is no comfort. `stops`: nothing can be measured with it so. */
export type FindingState = 'ok' | 'unknown' | 'note' | 'missing' | 'stops';

export interface Finding {
  part: Part;
  name: string;
  state: FindingState;
  text: string;
  /** What to do about it; absent where there is nothing to do. */
  next?: string;
}
