/** Python's tokens, as far as finding calls, blocks and texts needs them. See docs.python.org/3/reference/lexical_analysis.html. */

export interface Token {
  kind: 'name' | 'number' | 'text' | 'sign';
  text: string;
  line: number;
}

/** A line as Python counts it: brackets hold it together. */
export interface LogicalLine {
  line: number;
  endLine: number;
  /** Blanks before it. */
  indent: number;
  tokens: readonly Token[];
}

const blanks = /[ \t\f\r]+|\\\r?\n/y;
const comment = /#[^\n]*/y;
const text =
  /(?:[rRbBuUfF]{0,2})(?:"""[\s\S]*?(?<!\\)(?:\\\\)*"""|'''[\s\S]*?(?<!\\)(?:\\\\)*'''|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')/y;
const name = /[\p{L}_][\p{L}\p{N}_]*/uy;
const number = /\d[\w.]*/y;
const sign = /\*\*=?|\/\/=?|>>=?|<<=?|->|:=|\.\.\.|[-+*/%&|^@=!<>]=?|[\s\S]/y;

export function logicalLines(source: string): LogicalLine[] {
  const lines: LogicalLine[] = [];
  let tokens: Token[] = [];
  let [at, line, depth] = [0, 1, 0];
  let [firstLine, indent] = [1, 0];

  const end = (): void => {
    if (tokens.length > 0) lines.push({ line: firstLine, endLine: line, indent, tokens });
    tokens = [];
  };
  /** Takes what matches here. */
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(source)?.[0];
    if (found === undefined || found === '') return null;
    at += found.length;
    return found;
  };

  while (at < source.length) {
    if (source[at] === '\n') {
      if (depth === 0) end();
      at++;
      line++;
      continue;
    }
    const lineStart = source.lastIndexOf('\n', at - 1) + 1;
    const skipped = take(blanks) ?? take(comment);
    if (skipped !== null) {
      line += skipped.split('\n').length - 1;
      continue;
    }
    if (tokens.length === 0) {
      firstLine = line;
      indent = at - lineStart;
    }
    const beginsAt = line;
    const string = take(text);
    if (string !== null) {
      tokens.push({ kind: 'text', text: string, line: beginsAt });
      line += string.split('\n').length - 1;
      continue;
    }
    const word = take(name);
    if (word !== null) tokens.push({ kind: 'name', text: word, line });
    else {
      const digits = take(number);
      const found = digits ?? take(sign) ?? '';
      tokens.push({ kind: digits === null ? 'sign' : 'number', text: found, line });
      if ('([{'.includes(found)) depth++;
      if (')]}'.includes(found)) depth = Math.max(0, depth - 1);
    }
  }
  end();
  return lines;
}
