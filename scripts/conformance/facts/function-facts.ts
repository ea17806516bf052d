/** What a function does, step by step, as far as time between two tokens is concerned: the same for TypeScript and Python. */

type WorkKind = 'I/O' | 'printing' | 'JSON' | 'formatting' | 'allocation' | 'pause' | 'wait';

/** Where in its function something happens. */
export interface Step {
  line: number;
  /** Loops of the function around it, the outermost first. */
  loops: readonly number[];
  /** On the way out: of the loop or the function that it stands in, or with an error. */
  leaving: 'no' | 'returning' | 'failing';
}

export interface Work extends Step {
  kind: WorkKind;
  /** As the code has it: 'JSON.stringify', 'an object'. */
  what: string;
}

/** Who is called: by name, on `this`, or on another value. */
export type Callee =
  | { kind: 'name'; name: string }
  | { kind: 'own'; name: string }
  | { kind: 'member'; object: string; name: string };

interface Call extends Step {
  callee: Callee;
}

/** What a name stands for: another name, or what a call returned. */
export type Binding = { kind: 'alias' | 'result'; callee: Callee };

export interface FunctionFacts {
  /** '' where it has none; 'module' for the module itself, which comes first. */
  name: string;
  line: number;
  endLine: number;
  /** The class that it is a method of. */
  className: string | null;
  /** Interfaces of that class, or what it is derived from. */
  bases: readonly string[];
  /** Whether it is reached as a member of something. */
  isMember: boolean;
  /** Place of the function that it stands in; null for the module. */
  parent: number | null;
  /** Where it stands there. */
  at: Step;
  work: Work[];
  calls: Call[];
  /** Where it hands a token over. */
  stamps: Step[];
  bindings: Map<string, Binding[]>;
}

export function emptyFunction(
  about: Pick<FunctionFacts, 'name' | 'line' | 'endLine' | 'className' | 'bases' | 'isMember' | 'parent' | 'at'>,
): FunctionFacts {
  return { ...about, work: [], calls: [], stamps: [], bindings: new Map() };
}

/** Whether a call hands over a token, or what a server has sent of it: `sink.token(id)`, `this.#sink.arrived()`. */
export function isStamp(callee: Callee): boolean {
  if (callee.kind !== 'member' || !['token', 'arrived'].includes(callee.name)) return false;
  return /^[#_]?(sink|stamps)$/.test(callee.object);
}
