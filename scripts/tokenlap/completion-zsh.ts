/** For zsh: its own completion of bash functions, so that there is one script to be right. */
import { bashCompletion } from './completion-bash.ts';
import type { Offer } from './offers.ts';

export function zshCompletion(offers: readonly Offer[]): string {
  return [
    '# npx tokenlap completion zsh; put it to use with: eval "$(npx tokenlap completion zsh)"',
    'autoload -Uz compinit && compinit -u',
    'autoload -Uz bashcompinit && bashcompinit',
    bashCompletion(offers),
  ].join('\n');
}
