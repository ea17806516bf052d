/** Why a server says that an answer ended, in the words of those that are known. What is no known success is none. */

const ends = ['stop', 'eos', 'eos_token', 'stop_token', 'stop_sequence', 'end_turn', 'complete', 'completed'];
const limits = ['length', 'max_tokens', 'max_length', 'model_length'];
const calls = ['tool_calls', 'tool_call', 'function_call', 'tool_use'];

/** @returns undefined for `abort`, `error`, `cancelled`, `content_filter` and whatever else is no whole answer */
export function endOf(finishReason: string): 'end' | 'length' | undefined {
  const reason = finishReason.toLowerCase();
  if (limits.includes(reason)) return 'length';
  return ends.includes(reason) || calls.includes(reason) ? 'end' : undefined;
}
