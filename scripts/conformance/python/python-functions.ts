/** The functions of a Python module, with what each does: in the same form as those of TypeScript. */
import { emptyFunction, type FunctionFacts, isStamp, type Step } from '../facts/function-facts.ts';
import { calleeOf, callsOf } from './calls.ts';
import type { PythonModule } from './python-module.ts';
import { workOf } from './python-work.ts';
import { blocksAround, definedName, type Statement } from './statements.ts';

export function pythonFunctions({ statements }: PythonModule): FunctionFacts[] {
  const start: Step = { line: 1, loops: [], leaving: 'no' };
  const about = { className: null, bases: [], isMember: false, parent: null, at: start };
  const module = emptyFunction({ ...about, name: 'module', line: 1, endLine: statements.at(-1)?.endLine ?? 1 });
  const functions = [module];
  /** Places of functions by their definitions, and numbers of loops by their headers. */
  const places = new Map<Statement, number>();
  const loops = new Map<Statement, number>();

  for (const statement of statements) {
    const around = blocksAround(statement);
    const owner = around.find((block) => places.has(block));
    const parent = owner === undefined ? 0 : (places.get(owner) ?? 0);
    const facts = functions[parent] ?? module;
    const inside = owner === undefined ? around : around.slice(0, around.indexOf(owner));
    const at: Step = {
      line: statement.line,
      loops: inside.flatMap((block) => loops.get(block) ?? []).reverse(),
      leaving: leavingOf(statement, inside),
    };
    if (statement.word === 'def') {
      const owner = around[0]?.word === 'class' ? around[0] : undefined;
      places.set(statement, functions.length);
      functions.push(
        emptyFunction({
          name: definedName(statement),
          line: statement.line,
          endLine: endOf(statement),
          className: owner === undefined ? null : definedName(owner),
          bases: owner === undefined ? [] : basesOf(owner),
          isMember: owner !== undefined,
          ...{ parent, at },
        }),
      );
      continue;
    }
    // The condition of a `while` is part of the loop, what a `for` goes through is not.
    if (statement.word === 'for' || statement.word === 'while') loops.set(statement, loops.size);
    const own = statement.word === 'while' ? { ...at, loops: [...at.loops, loops.get(statement) ?? 0] } : at;
    note(statement, facts, own);
  }
  return functions;
}

function note(statement: Statement, facts: FunctionFacts, at: Step): void {
  for (const call of callsOf(statement.tokens)) {
    const callee = calleeOf(call);
    facts.calls.push({ ...at, line: call.line, callee });
    if (isStamp(callee)) facts.stamps.push({ ...at, line: call.line });
  }
  for (const work of workOf(statement)) facts.work.push({ ...at, ...work });
  const [name, equals, ...value] = statement.tokens;
  if (name?.kind !== 'name' || equals?.text !== '=') return;
  const [call] = callsOf(value);
  if (call !== undefined && call.bracket === call.chain.length * 2 - 1) {
    facts.bindings.set(name.text, [{ kind: 'result', callee: calleeOf(call) }]);
  }
}

function leavingOf(statement: Statement, inside: readonly Statement[]): Step['leaving'] {
  if (statement.word === 'raise' || inside.some(({ word }) => word === 'except')) return 'failing';
  if (statement.word === 'return') return 'returning';
  const ends = inside.some(
    ({ word, last }) => ['if', 'elif', 'else'].includes(word) && ['return', 'break'].includes(last?.word ?? ''),
  );
  const fails = inside.some(({ word, last }) => ['if', 'elif', 'else'].includes(word) && last?.word === 'raise');
  if (fails) return 'failing';
  return ends ? 'returning' : 'no';
}

function endOf(definition: Statement): number {
  let last = definition;
  while (last.last !== null) last = last.last;
  return last.endLine;
}

function basesOf({ tokens }: Statement): string[] {
  return tokens.slice(2).flatMap(({ kind, text }) => (kind === 'name' ? [text] : []));
}
