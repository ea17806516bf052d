/** Command lines that a chart or the report proposes. They are here together so that they stay true when options change. */
const thenCollate = ' && npx tsx collate/all.ts && npx tsx plots/generate.ts';

export const nextCommands = {
  measure: `npx tsx scripts/benchmark.ts${thenCollate}`,
  moreRuns: (runs: number) => `npx tsx scripts/benchmark.ts --iterations ${runs}${thenCollate}`,
  moreTokens: `npx tsx scripts/benchmark.ts --max-tokens 64${thenCollate}`,
  moreFrameworks: `npx tsx scripts/benchmark.ts --frameworks A,B${thenCollate}`,
  moreQuantizations: `npx tsx scripts/benchmark.ts --quantize f16,q8_0,q4_0${thenCollate}`,
  parity: `npx tsx scripts/parity.ts --frameworks A,B${thenCollate}`,
  accuracy: `npx tsx scripts/verifiers-sweep.ts${thenCollate}`,
  hardware: `npx tsx scripts/hardware-benchmark.ts${thenCollate}`,
  pool: `npx tsx scripts/resource-pool-benchmark.ts${thenCollate}`,
  otherDevice: `npx tsx scripts/benchmark.ts --device DEVICE${thenCollate}`,
} as const;
