/** What must hold in the log of a chat: its answers are like others, and feedback is on one of them. */
import type { LogWatch, WorkloadRules } from '../../results/invariants/log-watch.ts';
import { answerWatches } from '../questions/invariants.ts';

export const rules: WorkloadRules = {
  alsoWrites: ['answer'],
  watch: (header, spans) => [...answerWatches(header, spans, { isChat: true }), watchFeedback()],
};

function watchFeedback(): LogWatch {
  let answers = 0;
  return {
    record(record) {
      if (record.type === 'answer') answers = record.answer + 1;
      if (record.type !== 'feedback' || record.answer < answers) return [];
      return [`feedback on answer ${record.answer}, of ${answers} answers`];
    },
    end: () => [],
  };
}
