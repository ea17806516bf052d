import { describe, expect, it } from 'vitest';
import { figureIn, measureBuild } from '../../../collate/regressions/bisect/measuring-command.ts';
import { outputFolder } from '../../fakes/output-folder.ts';

describe('the figure of a build', () => {
  it.each([
    ['12.5\n', null, 12.5],
    ['building ...\n3e2', null, 300],
    ['{"totals":{"decodeTokensPerSecond":61.2}}', 'totals.decodeTokensPerSecond', 61.2],
  ])('in %j is read', (output, metric, value) => {
    expect(figureIn(output, metric, 'b1')).toBe(value);
  });

  it.each([
    ['', null],
    ['fast', null],
    ['0', null],
    ['-3', null],
    ['Infinity', null],
    ['{"a":{"b":"1"}}', 'a.b'],
    ['{"a":1}', 'constructor'],
    ['no JSON', 'a'],
  ])('in %j at %s is refused', (output, metric) => {
    expect(() => figureIn(output, metric, 'b1')).toThrow(/no number above 0|no JSON with a number/);
  });
});

describe('the measuring command', () => {
  const terms = { metric: null, signal: new AbortController().signal };

  it('learns the build from its environment, whatever the build is called', async () => {
    const folder = outputFolder();
    const build = `b1; echo 7 $(echo 9) "'`;
    expect(await measureBuild(build, { ...terms, folder, line: 'printf %s "$TOKENLAP_BUILD" | wc -c' })).toBe(
      build.length,
    );
  });

  it('is ended with the bisection', async () => {
    const controller = new AbortController();
    const measured = measureBuild('b1', {
      metric: null,
      signal: controller.signal,
      folder: outputFolder(),
      line: 'exec sleep 60',
    });
    setTimeout(() => controller.abort(), 200);
    await expect(measured).rejects.toThrow(/abort/i);
  });
});
