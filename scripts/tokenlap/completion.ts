/** `tokenlap completion SHELL`: a script for the shell, with every command, option and known value in it. */
import { exitCodes, UserError } from '../command-line/errors.ts';
import { withSuggestion } from '../command-line/suggestion.ts';
import { bashCompletion } from './completion-bash.ts';
import { fishCompletion } from './completion-fish.ts';
import { zshCompletion } from './completion-zsh.ts';
import { offers } from './offers.ts';

const shells = new Map([
  ['bash', bashCompletion],
  ['zsh', zshCompletion],
  ['fish', fishCompletion],
]);

/** @throws UserError for a shell that is none of them */
export async function completionText([shell = '', ...more]: readonly string[]): Promise<string> {
  const script = shells.get(shell);
  if (script === undefined || more.length > 0) {
    const known = [...shells.keys()];
    const message = shell === '' ? 'completion of which shell?' : `no completion for "${[shell, ...more].join(' ')}"`;
    throw new UserError(withSuggestion(message, shell, known), {
      exitCode: exitCodes.usage,
      remedy: `bash or zsh: eval "$(npx tokenlap completion bash)"; fish: npx tokenlap completion fish | source`,
    });
  }
  return script(await offers());
}
