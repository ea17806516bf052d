/** Objects and interfaces that a module declares: what frameworks, workloads and tables are made of. */
import type { Expression, ObjectExpression } from 'oxc-parser';
import type { Module } from '../syntax/module.ts';
import { bare, chainOf, keyName, stringOf } from '../syntax/names.ts';

export interface DeclaredObject {
  name: string;
  line: number;
  /** Name of the type that it is declared with; null: none. */
  type: string | null;
  properties: ReadonlyMap<string, DeclaredProperty>;
}

interface DeclaredProperty {
  line: number;
  /** Texts that are written down in it: one for 'cpu', several for ['cpu', 'cuda']. */
  texts: readonly string[];
  /** Whether these are all that it has. */
  isComplete: boolean;
}

export interface DeclaredInterface {
  name: string;
  line: number;
  bases: readonly string[];
  members: ReadonlyMap<string, { optional: boolean }>;
}

/** Constants of the module that are objects. */
export function objectsOf({ program, lineOf }: Module): DeclaredObject[] {
  return program.body.flatMap((statement) => {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'VariableDeclaration') return [];
    return declaration.declarations.flatMap(({ id, init }) => {
      if (id.type !== 'Identifier' || init === null) return [];
      const value = bare(init);
      if (value.type !== 'ObjectExpression') return [];
      const annotation = id.typeAnnotation?.typeAnnotation;
      const type = annotation?.type === 'TSTypeReference' ? (chainOf(annotation.typeName)?.at(-1) ?? null) : null;
      return [{ name: id.name, line: lineOf(id), type, properties: propertiesOf(value, lineOf) }];
    });
  });
}

function propertiesOf(object: ObjectExpression, lineOf: Module['lineOf']): Map<string, DeclaredProperty> {
  const found = new Map<string, DeclaredProperty>();
  for (const property of object.properties) {
    if (property.type !== 'Property') continue;
    const name = keyName(property.key);
    if (name !== null) found.set(name, { line: lineOf(property), ...textsOf(property.value) });
  }
  return found;
}

function textsOf(value: Expression): Omit<DeclaredProperty, 'line'> {
  const inside = bare(value);
  const text = stringOf(inside);
  if (text !== null) return { texts: [text], isComplete: true };
  if (inside.type !== 'ArrayExpression') return { texts: [], isComplete: false };
  const parts = inside.elements.flatMap((element) => {
    if (element === null) return [];
    return [textsOf(element.type === 'SpreadElement' ? element.argument : element)];
  });
  return { texts: parts.flatMap(({ texts }) => texts), isComplete: parts.every(({ isComplete }) => isComplete) };
}

export function interfacesOf({ program, lineOf }: Module): DeclaredInterface[] {
  return program.body.flatMap((statement) => {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'TSInterfaceDeclaration') return [];
    const members = new Map<string, { optional: boolean }>();
    for (const member of declaration.body.body) {
      if (member.type !== 'TSPropertySignature' && member.type !== 'TSMethodSignature') continue;
      const name = keyName(member.key);
      if (name !== null) members.set(name, { optional: member.optional });
    }
    const bases = declaration.extends.flatMap(({ expression }) => chainOf(expression)?.at(-1) ?? []);
    return [{ name: declaration.id.name, line: lineOf(declaration), bases, members }];
  });
}
