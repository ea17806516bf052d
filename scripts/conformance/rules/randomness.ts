/** What is drawn is drawn from a seed, so that a run can be repeated. */
import { callsOf } from '../python/calls.ts';
import type { Rule } from '../rule.ts';
import { isCallOf } from '../syntax/names.ts';

/** Of Python: the generators that nobody has given a seed. */
const unseeded =
  /^(random|np\.random|numpy\.random|torch)\.(random|randint|randrange|choice|choices|shuffle|sample|uniform|gauss|normal|rand|randn|random_sample)$/;
const generators = /^(random\.Random|np\.random\.default_rng|numpy\.random\.default_rng|np\.random\.RandomState)$/;

export const randomness: Rule = {
  id: 'randomness',
  asks: 'No Math.random, and no generator of Python without a seed.',
  *inModule({ nodes, lineOf }) {
    for (const node of nodes) {
      if (node.type !== 'CallExpression') continue;
      const name = ['Math.random', 'crypto.getRandomValues', 'randomInt'].find((each) => isCallOf(node, each));
      if (name === undefined) continue;
      yield { line: lineOf(node), message: `${name}() has no seed; scripts/statistics/seeded-random.ts has` };
    }
  },
  *inPython({ statements }) {
    for (const { tokens } of statements) {
      for (const { chain, line, bracket } of callsOf(tokens)) {
        const name = chain.join('.');
        const isEmpty = tokens[bracket + 1]?.text === ')';
        if (unseeded.test(name) || (generators.test(name) && isEmpty)) yield { line, message: `${name}() has no seed` };
      }
    }
  },
};
