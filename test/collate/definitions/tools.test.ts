import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRecorded } from '../../../collate/definitions/recorded.ts';
import { weightedDistribution } from '../../../collate/definitions/tool.ts';
import { tools, toolsNamed, toolsText, underTools } from '../../../collate/definitions/tools-text.ts';
import type { RunRecord } from '../../../scripts/log/run-log-format.ts';
import { outputFolder } from '../../fakes/output-folder.ts';
import { type LogShape, linesOf, logRecords } from '../log-factory.ts';

function recordedOf(shape: LogShape) {
  const path = join(outputFolder(), 'log.txt');
  writeFileSync(path, linesOf(logRecords(shape)));
  return readRecorded(path);
}

/**
 * Three answers a second apart, each with a prompt of 20 tokens, all counts by hand:
 * A: TTFT 50, gaps 10, 30: n = 3, e2e 90. B: TTFT 70, gaps 20 x 4: n = 5, e2e 150. C: TTFT 60, one token.
 * Template and tokenisation take 5 ms of every TTFT. From the start of A to the end of C: 2060 ms.
 */
const threeAnswers: LogShape = {
  answers: [
    { phase: 'cold', ttftMs: 900 },
    { ttftMs: 50, gapsMs: [10, 30], answer: { submitNs: 2000e6 + 5e6, questionId: 'a' } },
    { ttftMs: 70, gapsMs: [20, 20, 20, 20], answer: { submitNs: 3000e6 + 5e6, questionId: 'b' } },
    { ttftMs: 60, gapsMs: [], answer: { submitNs: 4000e6 + 5e6, questionId: 'c' } },
  ],
};

/** Mean of a distribution, or the single value; the reason where there is none. */
function figuresOf(name: string, shape: LogShape): Record<string, number | string> {
  const [view] = underTools(recordedOf(shape), toolsNamed([name]));
  return Object.fromEntries(
    (view?.figures ?? []).map(({ name: figure, measured }) => {
      switch (measured.kind) {
        case 'distribution':
          return [figure, measured.distribution.mean];
        case 'value':
          return [figure, measured.value];
        case 'absent':
          return [figure, measured.reason];
        default:
          return measured satisfies never;
      }
    }),
  );
}

function expectFigures(found: Record<string, number | string>, expected: Record<string, number>) {
  for (const [name, value] of Object.entries(expected))
    expect([name, found[name]]).toEqual([name, expect.closeTo(value, 6)]);
}

describe('one log under the formulas of other tools, worked out by hand', () => {
  it('vLLM: TPOT a mean over requests of several tokens, ITL all gaps, throughput over the whole time', () => {
    expectFigures(figuresOf('vllm', threeAnswers), {
      TTFT: 60,
      TPOT: (20 + 20) / 2,
      ITL: (10 + 30 + 20 * 4) / 6,
      E2EL: (90 + 150 + 60) / 3,
      'Request throughput': 3 / 2.06,
      'Output token throughput': 9 / 2.06,
      'Total token throughput': 69 / 2.06,
      // A whole and B in the first and second second: 3, 5 and 1.
      'Peak output token throughput': 5,
    });
  });

  it('AIPerf: ITL is what others call TPOT, and its rate a mean of rates', () => {
    expectFigures(figuresOf('aiperf', threeAnswers), {
      'Time to First Token (TTFT)': 60,
      'Time to Second Token (TTST)': 15,
      'Inter Token Latency (ITL)': 20,
      'Inter Chunk Latency (ICL)': 20,
      'Request Latency': 100,
      'Output Token Throughput Per User': 50,
      'Prefill Throughput Per User': (20 / 0.05 + 20 / 0.07 + 20 / 0.06) / 3,
      'Output Token Throughput': 9 / 2.06,
    });
  });

  it('GuideLLM: TPOT has the first token in it, and both are weighted by tokens', () => {
    expectFigures(figuresOf('guidellm', threeAnswers), {
      'Request Latency': 0.1,
      TTFT: 60,
      ITL: (20 * 2 + 20 * 4) / 6,
      TPOT: (90 + 150 + 60) / 9,
      'Output Tokens Per Sec, mean': 9 / 2.06,
    });
  });

  it('MLC bench: inter-token latency has the prompt in it, and the answer of one piece is dropped', () => {
    expectFigures(figuresOf('mlc-bench', threeAnswers), {
      'Time to First Token (TTFT)': 60,
      'Time per Output Token (TPOT)': 20,
      'Inter-Token Latency': (90 / 3 + 150 / 5) / 2,
      'End-to-End Latency': 120,
      'Request throughput': 2 / 1.15,
      'Output token throughput': 8 / 1.15,
    });
  });

  it('MLPerf Client: from the submission of ids, a mean of means', () => {
    expectFigures(figuresOf('mlperf-client', threeAnswers), {
      'Time to First Token': (0.045 + 0.065 + 0.055) / 3,
      '2nd+ token generation rate': 50,
      'Average token latency': (85 / 3 + 145 / 5 + 55) / 3,
    });
    expect(figuresOf('mlperf-client', threeAnswers)['Overall score']).toMatch(/no prompts of the categories/);
  });

  it('llama-benchy: pp through the whole TTFT, tg a mean of rates without the first token, a peak of n', () => {
    expectFigures(figuresOf('llama-benchy', threeAnswers), {
      e2e_ttft: 60,
      'pp t/s': (20 / 0.05 + 20 / 0.07 + 20 / 0.06) / 3,
      'tg t/s': 50,
      'peak t/s': (3 / 0.04 + 5 / 0.08) / 2,
    });
    // Longer than a second: any second has four of the stamps in it.
    const long: LogShape = { answers: [{ gapsMs: Array.from({ length: 10 }, () => 250) }] };
    expectFigures(figuresOf('llama-benchy', long), { 'tg t/s': 4, 'peak t/s': 4 });
    // All at once: there is no rate, and its peak takes them for those of a second.
    const atOnce: LogShape = { answers: [{ gapsMs: [0, 0] }] };
    expectFigures(figuresOf('llama-benchy', atOnce), { 'peak t/s': 3 });
    expect(figuresOf('llama-benchy', atOnce)['tg t/s']).toEqual(expect.any(String));
  });

  it('llama-bench: the mean of the rates of repetitions, and nothing from questions', () => {
    const kernels = [2, 4].map(
      (seconds, repetition): RunRecord => ({
        type: 'kernel',
        test: 'tg',
        repetition,
        phase: 'measured',
        tokens: 100,
        depth: 0,
        startNs: 0,
        durationNs: seconds * 1e9,
      }),
    );
    const shape: LogShape = { header: { workload: 'kernel' }, answers: [], records: kernels };
    // 50 and 25 tokens/s; total tokens over total time would be 33.3.
    expectFigures(figuresOf('llama-bench', shape), { 'tg t/s': 37.5 });
    expect(figuresOf('llama-bench', shape)['pp t/s']).toBe('the log has no repetitions of this test');
    expect(figuresOf('llama-bench', threeAnswers)['tg t/s']).toMatch(/--workload kernel/);
    for (const tool of ['vllm', 'aiperf', 'guidellm', 'mlc-bench', 'mlperf-client', 'llama-benchy']) {
      for (const reason of Object.values(figuresOf(tool, shape))) expect(reason).toEqual(expect.any(String));
    }
  });

  it('tells the tokens of one piece by their common instant, and takes the counts of the server', () => {
    const shape: LogShape = {
      answers: [{ ttftMs: 50, gapsMs: [0, 30, 0], answer: { served: { chunks: 2, promptTokens: 22, tokens: 4 } } }],
    };
    expectFigures(figuresOf('vllm', shape), { ITL: 30, TPOT: 10 });
    expectFigures(figuresOf('mlc-bench', shape), { 'Time per Output Token (TPOT)': 15 });
  });

  it('has no figure where nothing has a second token, and says so', () => {
    const shape: LogShape = { answers: [{ gapsMs: [] }] };
    expect(figuresOf('vllm', shape).TPOT).toBe('no answer has a second token');
    expect(figuresOf('mlc-bench', shape)['End-to-End Latency']).toMatch(/single piece/);
  });
});

describe('a weighted percentile', () => {
  it('is the first value at which so much of the weight is reached, as GuideLLM takes it', () => {
    const values = [
      { value: 1, weight: 1 },
      { value: 2, weight: 1 },
      { value: 9, weight: 2 },
    ];
    expect(weightedDistribution(values)).toMatchObject({
      distribution: {
        count: 3,
        mean: 21 / 4,
        p50: 2,
        p99: 9,
        stddev: Math.sqrt((4.25 ** 2 + 3.25 ** 2 + 2 * 3.75 ** 2) / 4),
      },
    });
  });
});

describe('the tools', () => {
  it('are named, several at a time or all, and others refused', () => {
    expect(toolsNamed(['vllm', 'aiperf']).map(({ name }) => name)).toEqual(['vllm', 'aiperf']);
    expect(toolsNamed(['all'])).toEqual(tools);
    expect(() => toolsNamed(['abacus'])).toThrow('--as does not know "abacus"');
  });

  it.each(tools.map((tool) => [tool.name, tool] as const))('%s cites file and function of every formula', (_, tool) => {
    if ('commit' in tool.source) expect(tool.source.commit).toMatch(/^[0-9a-f]{40}$/);
    else expect(tool.source.release).toMatch(/^\d+\.\d+\.\d+$/);
    for (const { source, formula } of tool.figures) {
      expect(source).toMatch(/\.(py|cpp): \w/);
      expect(formula).not.toBe('');
    }
  });

  it('print ours beside, and what is not available with its reason', () => {
    const recorded = recordedOf(threeAnswers);
    const text = toolsText(recorded, underTools(recorded, toolsNamed(['vllm', 'llama-bench'])));
    expect(text).toMatch(/TPOT +20.0 +20.0 .* ms +20.0 tpot_ms/);
    expect(text).toMatch(/TPOT = \(tn - t1\).*\[vllm\/benchmarks\/serve\.py: calculate_metrics\]\n +ours: the same/);
    expect(text).toMatch(/not available: pp t\/s: questions were answered/);
    expect(text).toMatch(/source: vllm-project\/vllm/);
  });
});

describe('docs/definitions-across-tools.md', () => {
  const page = readFileSync(new URL('../../../docs/definitions-across-tools.md', import.meta.url), 'utf8');

  it.each(tools.flatMap((tool) => tool.figures.map((figure) => [tool.name, figure.name, figure] as const)))(
    'has the formula of %s for %s',
    (_, name, { unit, formula, source }) => {
      expect(page).toContain(`| ${name} | ${unit} | ${formula} | \`${source}\` |`);
    },
  );
});
