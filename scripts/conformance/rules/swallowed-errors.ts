/** An error that is caught and forgotten comes back as a wrong figure. */
import type { Rule } from '../rule.ts';

export const swallowedErrors: Rule = {
  id: 'swallowed-errors',
  asks: 'No catch block is empty, and no except clause passes over every error.',
  *inModule({ nodes, lineOf, comments }) {
    for (const node of nodes) {
      if (node.type !== 'CatchClause' || node.body.body.length > 0) continue;
      const { start, end } = node.body;
      const says = comments.some(
        (comment) => comment.start > start && comment.end < end && /\p{L}/u.test(comment.value),
      );
      if (!says)
        yield { line: lineOf(node), message: 'the error is caught and forgotten; say in a comment why it may be' };
    }
  },
  *inPython({ statements }) {
    for (const statement of statements) {
      const { word, tokens, line } = statement;
      if (word !== 'except') continue;
      const isBroad = tokens[1]?.text === ':' || ['Exception', 'BaseException'].includes(tokens[1]?.text ?? '');
      const body = statements.filter(({ block }) => block === statement);
      if (isBroad && body.every((each) => each.word === 'pass'))
        yield { line, message: 'every error is caught and passed over' };
    }
  },
};
