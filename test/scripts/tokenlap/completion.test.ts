/** The completion scripts in real shells; a shell that is not on this machine is skipped by name. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { completionText } from '../../../scripts/tokenlap/completion.ts';
import { outputFolder } from '../../fakes/output-folder.ts';
import { skipped } from '../../fakes/skipped.ts';

const expected: ReadonlyArray<[line: string, offered: string[], not: string[]]> = [
  ['tokenlap ben', ['benchmark'], ['chat']],
  ['tokenlap models fe', ['fetch'], []],
  ['tokenlap completion z', ['zsh'], ['bash']],
  ['npx tokenlap benchmark --quant', ['--quantize'], ['--questions']],
  ['npx tokenlap benchmark --quantize q8', ['q8_0'], ['q4_0']],
  ['tokenlap benchmark --quantize f16,q8', ['f16,q8_0'], ['q8_0']],
  ['tokenlap benchmark --frameworks llamacpp,py', ['llamacpp,pytorch'], []],
  ['tokenlap run llam', ['llamacpp'], []],
  ['tokenlap run llamacpp --workload ker', ['kernel'], ['qa']],
  ['tokenlap chat --size 135', ['135M'], ['1B']],
  ['tokenlap models fetch --algo', ['--algorithm'], []],
];

function has(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'exit 0']);
    return true;
  } catch {
    return false;
  }
}

describe('bash', () => {
  let completion = '';
  beforeAll(async () => {
    completion = await completionText(['bash']);
  });
  const said = (body: string) =>
    execFileSync('bash', ['--norc', '-s'], { encoding: 'utf8', input: `${completion}\n${body}\n` });

  it.each(expected)('%s', (line, offered, not) => {
    const words = line.split(' ').map((word) => `'${word}'`);
    const body = `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _tokenlap; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const replies = said(body).split('\n');
    expect(replies).toEqual(expect.arrayContaining(offered));
    for (const word of not) expect(replies).not.toContain(word);
  });

  it('leaves other commands of npx to the shell', () => {
    expect(said(`COMP_WORDS=(npx vite x); COMP_CWORD=2; _tokenlap; echo "\${#COMPREPLY[@]}"`).trim()).toBe('0');
  });
});

const fish = 'fish';

const noFish = skipped(!has(fish), 'completion in fish: it is not installed');
describe.skipIf(noFish)('fish (skipped where there is none)', () => {
  let completion = '';
  beforeAll(async () => {
    completion = await completionText(['fish']);
  });

  it.each(expected)('%s', (line, offered, not) => {
    const file = join(outputFolder(), 'completion.fish');
    writeFileSync(file, completion);
    const replies = execFileSync(fish, ['-N', '-c', `source ${file}; complete -C '${line}'`], { encoding: 'utf8' })
      .split('\n')
      .map((reply) => reply.split('\t')[0]);
    expect(replies).toEqual(expect.arrayContaining(offered));
    for (const word of not) expect(replies).not.toContain(word);
  });
});

const noZsh = skipped(!has('zsh'), 'completion in zsh: it is not installed');
describe.skipIf(noZsh)('zsh (skipped where there is none)', () => {
  it('reads the script, and has its function for the command', async () => {
    const body = `print -r -- "$_comps[tokenlap]"; _tokenlap_values 'run llamacpp --workload'`;
    const input = `${await completionText(['zsh'])}\n${body}\n`;
    const said = execFileSync('zsh', ['-f', '-s'], { encoding: 'utf8', input });
    expect(said).toContain('_bash_complete');
    expect(said).toContain('qa kernel embedding');
  });
});
