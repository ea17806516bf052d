/** The code between two timed tokens: the loops that hand tokens over, and every function that is called from there. */
import type { FunctionFacts, Step, Work } from '../facts/function-facts.ts';
import type { TreeFacts } from '../facts/tree-facts.ts';
import { isPython } from '../source-tree.ts';
import type { FunctionPlace, Resolve } from './resolve.ts';

/** A part of a function that runs for every token. */
export interface Region extends FunctionPlace {
  /** Null: the function as a whole. */
  loop: number | null;
}

export interface Stamps {
  lines: readonly number[];
  regions: readonly Region[];
}

export interface HotWork {
  file: string;
  work: Work;
  /** Names of the functions that lead there from the loop; none where it stands in the loop. */
  path: readonly string[];
}

/** Where a module hands tokens over: lines, and the regions around them. */
export function stampsOf(tree: TreeFacts, resolve: Resolve, file: string): Stamps {
  const functions = tree.modules.get(file)?.functions ?? [];
  const found = functions.flatMap(({ stamps }, index) => stamps.map((step) => ({ index, step })));
  const regions = found.flatMap(({ index, step }) => {
    const loops = loopsAround(index, step, new Set());
    return loops.length > 0 ? loops : handlers(file, functions, index);
  });

  /** The outermost loop of the function; also of those in the module that call it. */
  function loopsAround(index: number, { loops: [outermost] }: Step, seen: Set<number>): Region[] {
    if (seen.has(index)) return [];
    seen.add(index);
    const here = outermost === undefined ? [] : [{ file, index, loop: outermost }];
    const callers = functions.flatMap((caller, at) =>
      caller.calls
        .filter((call) =>
          resolve({ file, index: at }, call.callee).some((to) => to.file === file && to.index === index),
        )
        .map((call) => ({ at, call })),
    );
    return [...here, ...callers.flatMap(({ at, call }) => loopsAround(at, call, seen))];
  }

  return { lines: found.map(({ step }) => step.line), regions: [...regions, ...sinks(file, functions)] };
}

/** Without a loop of ours a library calls the function, and in Python the other methods of its class too, for every token. */
function handlers(file: string, functions: readonly FunctionFacts[], index: number): Region[] {
  const className = functions[index]?.className ?? null;
  if (className === null || !isPython(file)) return [{ file, index, loop: null }];
  return functions.flatMap((facts, at) =>
    facts.className === className && facts.name !== '__init__' ? [{ file, index: at, loop: null }] : [],
  );
}

/** What stores the stamps is as hot as what takes them. */
function sinks(file: string, functions: readonly FunctionFacts[]): Region[] {
  return functions.flatMap(({ name, className, bases }, index) => {
    const isSink = bases.includes('TokenSink') || className === 'TokenStamps';
    return isSink && (name === 'token' || name === 'arrived') ? [{ file, index, loop: null }] : [];
  });
}

/** Whoever calls such a function is told of the call, not of what the function does. */
const judgedByTheCall = /^scripts\/command-line\//;

/** All that is done in the regions and in what they call. What leads out of them, with a result or an error, is no part of them. */
export function workIn(tree: TreeFacts, resolve: Resolve, regions: readonly Region[]): HotWork[] {
  const found: HotWork[] = [];
  const seen = new Set<string>();
  const waiting: Array<Region & { path: readonly string[] }> = regions.map((region) => ({ ...region, path: [] }));
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { file, index, loop, path } = next;
    const key = `${file} ${index} ${loop}`;
    const functions = tree.modules.get(file)?.functions ?? [];
    const facts = functions[index];
    if (facts === undefined || seen.has(key)) continue;
    seen.add(key);
    const isHot = ({ loops, leaving }: Step): boolean => {
      if (loop !== null) return loops.includes(loop) && leaving === 'no';
      return leaving !== 'failing';
    };
    found.push(...facts.work.filter(isHot).map((work) => ({ file, work, path })));
    const called = facts.calls
      .filter(isHot)
      .flatMap(({ callee }) => resolve({ file, index }, callee))
      .filter((place) => !judgedByTheCall.test(place.file));
    // A closure that is made there is called there, or soon after.
    const made = functions.flatMap(({ parent, at }, place) =>
      parent === index && loop !== null && isHot(at) ? [{ file, index: place }] : [],
    );
    for (const place of [...called, ...made]) {
      const name = tree.modules.get(place.file)?.functions[place.index]?.name ?? '';
      waiting.push({ ...place, loop: null, path: [...path, name] });
    }
  }
  return found;
}
