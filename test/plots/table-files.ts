/** Tables in a temporary folder, written as collate/ writes them. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { csvHeader, csvRow } from '../../collate/tables/csv.ts';
import { memoryTable } from '../../scripts/results/memory-table.ts';
import { operatorsTable } from '../../scripts/results/operators-table.ts';
import { type RunRow, runColumns } from '../../scripts/results/runs/runs.ts';
import { isRow } from '../../scripts/results/table.ts';
import { accuracyItemsTable, accuracyTable } from '../../scripts/workloads/accuracy/tables.ts';
import { loadTable } from '../../scripts/workloads/load/tables.ts';
import { parityTable } from '../../scripts/workloads/parity/tables.ts';
import { poolTable } from '../../scripts/workloads/pool/tables.ts';
import { answersTable, type TokenRow, tokenColumns } from '../../scripts/workloads/questions/tables.ts';

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tokenlap-plots-'));
}

interface TokenShape {
  tokens?: number;
  /** How long each step took to be handed over; absent where the engine does not tell. */
  enqueueMs?: number | undefined;
}

/** @param tokens generated tokens of each completed run, one answer of them cold */
export function writeTables(runs: readonly RunRow[], { tokens = 60, enqueueMs }: TokenShape = {}): string {
  const output = temporaryFolder();
  writeFileSync(join(output, 'parity.csv'), csvHeader(parityTable.columns));
  writeFileSync(join(output, 'load.csv'), csvHeader(loadTable.columns));
  writeFileSync(join(output, 'pool.csv'), csvHeader(poolTable.columns));
  writeFileSync(join(output, 'accuracy.csv'), csvHeader(accuracyTable.columns));
  writeFileSync(join(output, 'accuracy_items.csv'), csvHeader(accuracyItemsTable.columns));
  writeFileSync(join(output, 'memory.csv'), csvHeader(memoryTable.columns));
  writeFileSync(join(output, 'answers.csv'), csvHeader(answersTable.columns));
  writeFileSync(join(output, 'operators.csv'), csvHeader(operatorsTable.columns));
  const lines = runs.map((run) => csvRow(runColumns, run));
  writeFileSync(join(output, 'runs.csv'), csvHeader(runColumns) + lines.join(''));
  for (const framework of new Set(runs.map((run) => run.framework))) {
    const rows = runs
      .filter((run) => run.framework === framework && run.status === 'completed')
      .flatMap((run) => ['cold', 'measured'].flatMap((phase) => tokensOf(run, phase, { tokens, enqueueMs })));
    const content = csvHeader(tokenColumns) + rows.map((row) => csvRow(tokenColumns, row)).join('');
    writeFileSync(join(output, `${framework}.csv`), content);
  }
  return output;
}

/** Cold tokens are a thousand times slower: a chart that counted them would show it. */
function tokensOf(run: RunRow, phase: string, { tokens = 0, enqueueMs }: TokenShape): TokenRow[] {
  const shared: Record<string, string | number | boolean | null> = {};
  for (const { name } of tokenColumns)
    shared[name] = name in run ? (Object.entries(run).find(([key]) => key === name)?.[1] ?? null) : null;
  return Array.from({ length: tokens }, (_, step) => {
    const latency = (run.tpot_ms ?? 10) * (phase === 'cold' ? 1000 : 1 + (step % 7) / 100);
    const row = {
      ...shared,
      step,
      phase,
      answer: phase === 'cold' ? 0 : 1,
      total_latency_ms: step === 0 ? 500 : latency,
      enqueue_latency_ms: enqueueMs ?? null,
      generated_text: ' a,"b"\n',
      token_id: step,
      at_ms: step,
    };
    if (!isRow(row, tokenColumns)) throw new Error('not a token row');
    return row;
  });
}
