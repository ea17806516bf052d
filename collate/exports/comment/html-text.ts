/**
 * Text from logs, models and revisions inside a comment. The comment is made of blocks of HTML without an empty line, which
 * Markdown hands through unread (CommonMark 0.31, 4.6, start condition 6), so only HTML has to be escaped; and of what GitHub
 * makes links of afterwards (mentions, numbers of issues, addresses, emoji), nothing is left in one piece.
 */
import { escapeXml } from '../../../scripts/command-line/xml-text.ts';

/** Nothing is seen of it, and it ends a word. */
const zeroWidthSpace = '&#8203;';

/** Names in use have fewer than 200 characters. */
const longestName = 400;
const longestSentence = 1000;

/** Words of ours, with names in them. */
export function htmlText(text: string): string {
  return escapeXml(oneLineOf(text, longestSentence))
    .replaceAll(/@(?=\w)|(?<!&)#(?=\d)|:(?=\/\/|[\w+-]+:)|\b(?:www|GH)(?=[.-])/g, (sign) => `${sign}${zeroWidthSpace}`)
    .replaceAll(/\b[0-9a-f]{7,40}\b/g, (hash) => `<code>${hash}</code>`);
}

/** A name as it is: inside `<code>`, GitHub looks for nothing. */
export function htmlCode(name: string): string {
  return `<code>${escapeXml(oneLineOf(name, longestName))}</code>`;
}

/** A command to be copied; never cut, since half of it would do something else. */
export function htmlCommand(command: string): string {
  return `<pre><code>${escapeXml(command.trim()).replaceAll('\n', '&#10;')}</code></pre>`;
}

/** No empty line, which would end the block, and no name that fills the comment. */
function oneLineOf(text: string, longest: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= longest ? line : `${line.slice(0, longest)}…`;
}
