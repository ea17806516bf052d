/** `tokenlap help`: the commands by group. */
import { paint } from '../command-line/terminal.ts';
import { commands, groups } from './commands.ts';

export function helpText(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const sections = groups.map((group) => {
    const lines = commands.filter((command) => command.group === group);
    return [paint('bold', group), ...lines.map(({ name, help }) => `  ${name.padEnd(width)}  ${help}`)].join('\n');
  });
  return [
    'Usage: npx tokenlap COMMAND [options]',
    'Measures LLM inference frameworks on the same weights, prompts and clock.',
    ...sections,
    [
      paint('bold', 'Examples'),
      '  npx tokenlap start',
      '  npx tokenlap benchmark --size tiny --quantize f16,q8_0',
      '  npx tokenlap help benchmark --all',
    ].join('\n'),
    'Results go to benchmark_output in the current folder, or to --output DIR.',
  ].join('\n\n');
}
