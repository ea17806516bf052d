/** Values that a module gives to what nobody has set, written down in it. */
import type { Node } from 'oxc-parser';
import type { Module } from '../syntax/module.ts';
import { chainOf, keyName, lastNameOf, literalOf } from '../syntax/names.ts';
import { optionsOf } from './script-facts.ts';

export interface WrittenDefault {
  line: number;
  /** Of the setting: maxTokens for --max-tokens. */
  name: string;
  value: string | number | boolean;
  /** Whether it is what a declaration says, and not what is taken where a value is absent. */
  isDeclared: boolean;
}

export function writtenDefaultsOf(module: Module): WrittenDefault[] {
  const ofOptions = optionsOf(module).flatMap(({ line, flag, last }) => {
    const value = literalOf(last);
    return value === null ? [] : [{ line, name: settingOf(flag), value, isDeclared: true }];
  });
  const others = module.nodes.flatMap((node) => {
    const found = writtenIn(node, module.parentOf(node));
    const value = literalOf(found?.value);
    if (found === null || value === null) return [];
    return [{ line: module.lineOf(node), name: found.name, value, isDeclared: found.isDeclared }];
  });
  return [...ofOptions, ...others];
}

function settingOf(flag: string): string {
  return flag.slice(2).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

interface Written {
  name: string;
  value: Node | undefined;
  isDeclared: boolean;
}

function writtenIn(node: Node, parent: Node | undefined): Written | null {
  switch (node.type) {
    case 'LogicalExpression':
      return node.operator === '??' || node.operator === '||'
        ? written(lastNameOf(node.left), node.right, false)
        : null;
    case 'AssignmentPattern':
      return parent?.type === 'ArrayPattern' ? null : written(lastNameOf(node.left), node.right, false);
    case 'VariableDeclarator': {
      const name = defaultNamed(chainOf(node.id)?.[0] ?? '');
      return node.init === null ? null : written(name, node.init, true);
    }
    case 'Property':
      return written(keyName(node.key), declaredDefault(node.value), true);
    default:
      return null;
  }
}

/** maxTokens for defaultMaxTokens and DEFAULT_MAX_TOKENS; null for another name. */
function defaultNamed(name: string): string | null {
  const rest = /^default([A-Z]\w*)$/.exec(name)?.[1] ?? null;
  if (rest !== null) return rest[0]?.toLowerCase() + rest.slice(1);
  const loud = /^DEFAULT_([A-Z_]+)$/.exec(name)?.[1];
  return loud === undefined ? null : settingOf(`--${loud.toLowerCase().replaceAll('_', '-')}`);
}

function written(name: string | null, value: Node | undefined, isDeclared: boolean): Written | null {
  return name === null ? null : { name, value, isDeclared };
}

/** `z.int().default(8)`, and `{ default: 8 }` of a setting. */
function declaredDefault(value: Node): Node | undefined {
  if (value.type === 'CallExpression') {
    return lastNameOf(value.callee) === 'default' ? value.arguments[0] : undefined;
  }
  if (value.type !== 'ObjectExpression') return undefined;
  const found = value.properties.find(
    (property) => property.type === 'Property' && keyName(property.key) === 'default',
  );
  return found?.type === 'Property' ? found.value : undefined;
}
