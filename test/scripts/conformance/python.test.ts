import { describe, expect, it } from 'vitest';
import { pythonFunctions } from '../../../scripts/conformance/python/python-functions.ts';
import { pythonImports } from '../../../scripts/conformance/python/python-imports.ts';
import { parsePython } from '../../../scripts/conformance/python/python-module.ts';
import { logicalLines } from '../../../scripts/conformance/python/tokens.ts';

function texts(source: string): string[][] {
  return logicalLines(source).map(({ tokens }) => tokens.map(({ text }) => text));
}

describe('lines of Python', () => {
  it('are held together by brackets and by a backslash', () => {
    expect(texts('a = f(\n  1,\n  2,\n)\nb = 1 + \\\n  2\n')).toEqual([
      ['a', '=', 'f', '(', '1', ',', '2', ',', ')'],
      ['b', '=', '1', '+', '2'],
    ]);
  });

  it('have no comments, and texts in one piece, whatever is in them', () => {
    expect(texts('x = "# no \\" comment"  # a comment\ny = """two\nlines"""\nz = 1\n')).toEqual([
      ['x', '=', '"# no \\" comment"'],
      ['y', '=', '"""two\nlines"""'],
      ['z', '=', '1'],
    ]);
  });

  it('know where they begin', () => {
    const lines = logicalLines('"""one\ntwo"""\n\ndef f():\n    return 1\n');
    expect(lines.map(({ line, indent }) => [line, indent])).toEqual([
      [1, 0],
      [4, 0],
      [5, 4],
    ]);
  });
});

const loop = `
class Model(Base):
    def generate(self, sink):
        now = clock()
        for start in chunks(1):
            prepare()
        while True:
            token = self.read()
            if not sink.token(token):
                note(token)
                return "cancelled"
            if token < 0:
                raise ValueError(f"{token}")
            step(token)
`;

describe('functions of Python', () => {
  const [, generate] = pythonFunctions(parsePython('scripts/frameworks/x/model.py', loop));

  it('are members of their class', () => {
    expect(generate).toMatchObject({
      name: 'generate',
      className: 'Model',
      bases: ['Base'],
      isMember: true,
      line: 3,
      endLine: 14,
    });
  });

  it('hand over tokens in their loop', () => {
    expect(generate?.stamps).toEqual([{ line: 9, loops: [1], leaving: 'no' }]);
  });

  it('go through a list before the loop over it begins, and test a condition inside', () => {
    const calls = generate?.calls.map(({ callee, loops, leaving }) => [callee.name, loops.length, leaving]);
    expect(calls).toEqual([
      ['clock', 0, 'no'],
      ['chunks', 0, 'no'],
      ['prepare', 1, 'no'],
      ['read', 1, 'no'],
      ['token', 1, 'no'],
      ['note', 1, 'returning'],
      ['ValueError', 1, 'failing'],
      ['step', 1, 'no'],
    ]);
  });

  it('remember what a name was given', () => {
    expect(generate?.bindings.get('now')).toEqual([{ kind: 'result', callee: { kind: 'name', name: 'clock' } }]);
  });
});

it('imports of Python lead to files of the repository, and say when they are made', () => {
  const source =
    'import os\nfrom frameworks.x import model, other as o\ndef f():\n    from frameworks.x.model import Model\n';
  const found = pythonImports(
    parsePython('scripts/frameworks/x/engine.py', source),
    (file) => file === 'scripts/frameworks/x/model.py',
  );
  expect(found.map(({ specifier, target, late, names }) => [specifier, target, late, names[0]?.local])).toEqual([
    ['os', null, false, 'os'],
    ['frameworks.x', 'scripts/frameworks/x/model.py', false, 'model'],
    ['frameworks.x', null, false, 'o'],
    ['frameworks.x.model', 'scripts/frameworks/x/model.py', true, 'Model'],
  ]);
});
