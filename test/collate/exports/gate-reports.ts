/** Gate reports for tests of the exports. */
import type { GateReport, GateRow } from '../../../collate/regressions/gate-report.ts';

export function gateRow(overrides: Partial<GateRow> = {}): GateRow {
  return {
    cell: 'llama.cpp, SmolLM2-135M q4_1, qa',
    metric: 'decode_tokens_per_s',
    title: 'Decode rate',
    unit: 'tokens/s',
    higherIsBetter: true,
    primary: true,
    verdict: 'unchanged',
    base: 98.24,
    head: 98.1,
    ratio: { center: 0.9986, interval: { low: 0.985, high: 1.012 }, level: 0.05 },
    p: 0.8,
    runs: { base: 8, head: 8 },
    runsNeeded: null,
    smallestChange: 0.021,
    changed: [],
    command: 'npx tsx scripts/ci-benchmark.ts --suite configs/suites/performance_suite.json --baseline v1',
    ...overrides,
  };
}

/** A decode rate that fell by 7 %. */
export function regressed(overrides: Partial<GateRow> = {}): GateRow {
  return gateRow({
    verdict: 'regression',
    head: 91.4,
    ratio: { center: 0.9301, interval: { low: 0.921, high: 0.939 }, level: 0.01 },
    p: 0.0002,
    ...overrides,
  });
}

export function gateReport(rows: readonly GateRow[] = [gateRow()], overrides: Partial<GateReport> = {}): GateReport {
  return {
    question: 'pull request',
    base: 'v1 (1a2b3c4)',
    head: 'the working tree (5d6e7f8)',
    host: 'runner-7',
    floor: { share: 0.03, words: 'or from the noise of the host, where that is more' },
    falseAlarms: 0.01,
    rows: [...rows],
    sentence: 'No regression in 1 primary metric.',
    ...overrides,
  };
}
