/** Lists of words that a module writes down, so that equal ones are found. */
import type { Module } from '../syntax/module.ts';
import { bare, keyName, stringOf } from '../syntax/names.ts';

export interface WordList {
  line: number;
  /** In alphabetical order; of an object `key: value`. */
  words: readonly string[];
}

/** Shorter lists are equal by chance. */
const fewestWords = 4;

/** Arrays and objects of texts, and unions of literal types. */
export function wordListsOf({ nodes, program, lineOf }: Module): WordList[] {
  const found = nodes.flatMap((node) => {
    if (node.type === 'ArrayExpression') {
      const words = node.elements.map((element) => stringOf(element));
      return [{ line: lineOf(node), words }];
    }
    if (node.type !== 'ObjectExpression') return [];
    const words = node.properties.map((property) => {
      if (property.type !== 'Property') return null;
      const value = stringOf(bare(property.value));
      const key = keyName(property.key);
      return value === null || key === null ? null : `${key}: ${value}`;
    });
    return [{ line: lineOf(node), words }];
  });
  const unions = program.body.flatMap((statement) => {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'TSTypeAliasDeclaration' || declaration.typeAnnotation.type !== 'TSUnionType') return [];
    const words = declaration.typeAnnotation.types.map((type) =>
      type.type === 'TSLiteralType' ? stringOf(type.literal) : null,
    );
    return [{ line: lineOf(declaration), words }];
  });
  return [...found, ...unions].flatMap(({ line, words }) => {
    const known = words.filter((word) => word !== null);
    if (known.length < words.length || known.length < fewestWords) return [];
    return [{ line, words: known.sort() }];
  });
}
