/** "Did you mean": commander's own judgement of which names are close, for names of every kind. */
import { Command, CommanderError } from 'commander';

/** `Did you mean q8_0?`, or '' where nothing comes near. */
export function suggestion(typed: string, known: readonly string[]): string {
  if (typed === '' || typed.startsWith('-')) return '';
  const command = new Command()
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  for (const name of new Set(known)) command.command(name);
  try {
    command.parse([typed], { from: 'user' });
    return '';
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return /\((Did you mean .*\?)\)/s.exec(error.message)?.[1] ?? '';
  }
}

/** The message with the suggestion behind it, where there is one. */
export function withSuggestion(message: string, typed: string, known: readonly string[]): string {
  const meant = suggestion(typed, known);
  return meant === '' ? message : `${message} (${meant})`;
}
