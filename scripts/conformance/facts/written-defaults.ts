/** Values that a module gives to what nobody has set, written down in it. */
import type { Node } from 'oxc-parser';
import type { Module } from '../syntax/module.ts';
import { chainOf, isLiteral, keyName, lastNameOf } from '../syntax/names.ts';
import { optionsOf } from './script-facts.ts';

export interface WrittenDefault {
  line: number;
  /** Of the setting: maxTokens for --max-tokens. */
  name: string;
}

export function writtenDefaultsOf(module: Module): WrittenDefault[] {
  const { nodes, lineOf } = module;
  const ofOptions = optionsOf(module).flatMap(({ line, flag, last }) =>
    isLiteral(last) && last?.type !== 'TemplateLiteral' ? [{ line, name: settingOf(flag) }] : [],
  );
  const others = nodes.flatMap((node) => {
    const name = nameOf(node);
    return name === null ? [] : [{ line: lineOf(node), name }];
  });
  return [...ofOptions, ...others];
}

function settingOf(flag: string): string {
  return flag.slice(2).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function nameOf(node: Node): string | null {
  switch (node.type) {
    case 'LogicalExpression':
      return node.operator === '??' && isLiteral(node.right) ? lastNameOf(node.left) : null;
    case 'AssignmentPattern':
      return isLiteral(node.right) ? lastNameOf(node.left) : null;
    case 'VariableDeclarator': {
      const [, first = '', rest = ''] = /^default([A-Z])(\w*)$/.exec(chainOf(node.id)?.[0] ?? '') ?? [];
      return first !== '' && isLiteral(node.init) ? first.toLowerCase() + rest : null;
    }
    case 'Property':
      return hasWrittenDefault(node.value) ? keyName(node.key) : null;
    default:
      return null;
  }
}

/** `z.int().default(8)`, and `{ default: 8 }` of a setting. */
function hasWrittenDefault(value: Node): boolean {
  if (value.type === 'CallExpression') return lastNameOf(value.callee) === 'default' && isLiteral(value.arguments[0]);
  if (value.type !== 'ObjectExpression') return false;
  return value.properties.some(
    (property) => property.type === 'Property' && keyName(property.key) === 'default' && isLiteral(property.value),
  );
}
