/** What a chat writes into the raw log beside its answers, which are those of questions/records.ts. */
import { z } from 'zod';
import { count } from '../../log/record-fields.ts';

/** What the person in chat thought of an answer. */
const feedbackSchema = z.object({
  type: z.literal('feedback'),
  answer: count,
  rating: z.enum(['good', 'bad', 'none']),
  comment: z.string(),
});
export type FeedbackRecord = z.infer<typeof feedbackSchema>;

export const records = {
  name: 'chat',
  script: null,
  schemas: [feedbackSchema],
  spans: [],
} as const;
