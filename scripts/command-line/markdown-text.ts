/** Text from outside as Markdown. */

/** Escapes what Markdown or HTML inside it would take as markup, and folds line breaks. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_{}[\]<>|~#$&]/g, (character) => {
      if (character === '<') return '&lt;';
      if (character === '>') return '&gt;';
      if (character === '&') return '&amp;';
      return `\\${character}`;
    })
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2')
    .replace(/^([-+])(?=\s|$)/, '\\$1');
}

/** Command lines as a block, with a fence that is longer than any run of backticks inside, as CommonMark wants it. */
export function fenced(content: string): string {
  const longest = Math.max(2, ...[...content.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}sh\n${content}\n${fence}`;
}
