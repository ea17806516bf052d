import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { outputFolder } from '../../fakes/output-folder.ts';
import { script } from '../../fakes/script.ts';

it('measures the embedded model at all four levels and keeps a log of each run', async () => {
  const output = outputFolder();
  const args = ['--threads', '1', '--rounds', '1', '--max-tokens', '32', '--json', '--output', output];
  const { code, stdout, stderr } = await script('scripts/attribution.ts', args);
  expect(code, stderr).toBe(0);
  const levels = JSON.parse(stdout);
  expect(levels.map(({ level }: { level: string }) => level)).toEqual(['kernel', 'engine', 'streaming', 'http']);
  for (const { tpotMs, rounds } of levels) {
    expect(tpotMs).toBeGreaterThan(0);
    expect(rounds).toHaveLength(1);
  }
  const [kernel, engine, , http] = levels;
  expect(kernel.ttftMs).toBeNull();
  expect(kernel.addedTpotMs).toBeNull();
  expect(engine.addedTpotMs).toBeCloseTo(engine.tpotMs - kernel.tpotMs, 9);
  expect(http.ttftMs).toBeGreaterThan(0);
  expect(readdirSync(join(output, 'raw', 'llamacpp'))).toHaveLength(3);
  expect(readdirSync(join(output, 'raw', 'openai'))).toHaveLength(1);
});
