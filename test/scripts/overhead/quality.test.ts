/** The quality of runs on the machine of the tests. */
import { expect, it } from 'vitest';
import { outputFolder } from '../../fakes/output-folder.ts';
import { script } from '../../fakes/script.ts';
import { notOnLinux, skipped } from '../../fakes/skipped.ts';

async function checked() {
  const run = ['--size', 'tiny', '--threads', '1', '--max-tokens', '64', '--warmup', '1'];
  const args = [...run, '--json', '--output', outputFolder()];
  const { code, stdout, stderr } = await script('scripts/overhead.ts', ['quality', ...args]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout);
}

// Elsewhere nothing cheap tells what others do, and the run quality is `unknown`.
it.skipIf(skipped(notOnLinux, 'a run beside busy loops: needs Linux'))(
  'a run beside a busy loop on every core fails its quality checks (on Linux)',
  async () => {
    const { besideBusyLoops } = await checked();
    expect(besideBusyLoops.status).toBe('failed');
    expect(besideBusyLoops.checks).toContainEqual(expect.objectContaining({ name: 'others_cpu', verdict: 'failed' }));
  },
);

const quiet = process.env.TOKENLAP_QUIET_MACHINE !== undefined;
it.skipIf(skipped(!quiet, 'a run on a quiet machine: TOKENLAP_QUIET_MACHINE is not set'))(
  'the same run on a quiet machine passes (set TOKENLAP_QUIET_MACHINE=1 where nothing else runs)',
  async () => {
    const { asItIs } = await checked();
    expect(asItIs.status).toBe('passed');
  },
);

it('Ctrl-C ends the check in order', async () => {
  const { code, stderr } = await script(
    'scripts/overhead.ts',
    ['quality', '--rounds', '2', '--output', outputFolder()],
    {
      interruptAt: '...',
    },
  );
  expect(stderr).not.toMatch(/bug in Tokenlap/);
  expect(code).toBe(130);
});
