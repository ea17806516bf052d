/** MLPerf Client: two figures a prompt, averaged over its iterations, then over prompts, then over categories. */
import { group } from 'd3-array';
import { firstNs, lastNs, type Request } from '../recorded.ts';
import { absent, hasSeveralTokens, ofRequests, singleTokens, type Tool, value } from '../tool.ts';

const executor = 'src/CIL/llm/txt2txt_executor.cpp';
const prompt = `${executor}: PromptPerformanceResult`;

export const mlperfClient: Tool = {
  name: 'mlperf-client',
  title: 'MLPerf Client',
  source: { repository: 'mlcommons/mlperf_client', commit: 'b0e1d4520142e2cf4ee064a9eeed50a36444b30a' },
  remarks: [
    'It times the engine: its clock starts when token ids are handed over, so template and tokenisation are outside.',
    'Its engines report the end-of-sequence token too and stop the clock after it; a log of ours ends with the last token that counts.',
    'All questions of the log are taken as one category; its own prompts are others.',
  ],
  figures: [
    {
      name: 'Time to First Token',
      unit: 's',
      formula: 't1 - submission; mean over the rounds of a question, then over questions',
      source: `${prompt}::GetAvgTTFT; ${executor}: Txt2TxtExecutor::RunScenario`,
      ours: 'ttft_ms',
      same: false,
      of: ofRequests((requests) =>
        value(
          meanOf(
            byQuestion(requests).map((rounds) => meanOf(rounds.map((each) => (firstNs(each) - each.submitNs) / 1e9))),
          ),
        ),
      ),
    },
    {
      name: '2nd+ token generation rate',
      unit: 'tokens/s',
      formula: '1 / mean over rounds of (tn - t1) / (n - 1); mean of these rates over questions',
      source: `${prompt}::GetAvgNthTokenLatency; ${executor}: Txt2TxtExecutor::RunScenario`,
      ours: 'decode_tokens_per_s',
      same: true,
      of: ofRequests(
        (requests) =>
          value(
            meanOf(
              byQuestion(requests.filter(({ tokens }) => tokens >= 2)).map(
                (rounds) => 1000 / meanOf(rounds.map(tpotMs)),
              ),
            ),
          ),
        hasSeveralTokens,
        singleTokens,
      ),
    },
    {
      name: 'Average token latency',
      unit: 'ms',
      formula: '(tn - submission) / n; mean over rounds, then over questions: the first token is in it',
      source: prompt,
      ours: 'tpot_ms',
      same: false,
      of: ofRequests((requests) =>
        value(
          meanOf(
            byQuestion(requests).map((rounds) =>
              meanOf(rounds.map((each) => (lastNs(each) - each.submitNs) / each.tokens / 1e6)),
            ),
          ),
        ),
      ),
    },
    {
      name: 'Overall score',
      unit: 'tokens/s',
      formula: 'geometric mean of the rates of the required categories',
      source: `${executor}: Txt2TxtExecutor::RunScenario`,
      ours: null,
      same: false,
      of: () => absent('the log has no prompts of the categories that MLPerf Client requires'),
    },
  ],
};

function byQuestion(requests: readonly Request[]): Request[][] {
  return [...group(requests, ({ questionId }) => questionId).values()];
}

function tpotMs(each: Request): number {
  return (lastNs(each) - firstNs(each)) / (each.tokens - 1) / 1e6;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}
