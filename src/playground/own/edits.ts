// Small changes of somebody's code, each of which might be the one that makes it right: an
// operator, a factor, a call, a branch.
import { parser } from '@lezer/javascript';
import type { SyntaxNode } from '@lezer/common';

/** One change of the text. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/** More would take longer than anybody waits. */
const MOST = 400;

const TYPESCRIPT = parser.configure({ dialect: 'ts' });
/** Where a change makes no sense, or a loop that does not end. */
const LEFT_ALONE = /^(ForSpec|TypeAnnotation|TypeAliasDeclaration|InterfaceDeclaration|ImportDeclaration)$/;

export function editsOf(code: string): Edit[] {
  const edits: Edit[] = [];
  const counts = [...code.matchAll(/\bconst (\w+) = [\w.]+\.length\b/g)].map(([, name = '']) => name);
  TYPESCRIPT.parse(code).iterate({
    enter(at) {
      if (LEFT_ALONE.test(at.name)) return false;
      edits.push(...editsAt(at.node, code, [...new Set(counts)]));
      return undefined;
    },
  });
  return edits.slice(0, MOST);
}

function editsAt(node: SyntaxNode, code: string, counts: readonly string[]): Edit[] {
  const { from, to } = node;
  const text = (one: SyntaxNode): string => code.slice(one.from, one.to);
  const instead = (insert: string): Edit => ({ from, to, insert });
  switch (node.name) {
    case 'UpdateOp':
      return [instead('='), instead(text(node) === '-=' ? '+=' : '-=')];
    case 'Equals':
      // an error, for this parser, is `a! = b` of TypeScript
      return /^(AssignmentExpression|⚠)$/.test(node.parent?.name ?? '') ? [instead('+='), instead('-=')] : [];
    case 'ConditionalExpression': {
      const [, , then, , otherwise] = childrenOf(node);
      return [then, otherwise].flatMap((one) => (one === undefined ? [] : [instead(text(one))]));
    }
    case 'CallExpression': {
      const [only, ...more] = childrenOf(node.lastChild ?? node).filter(({ name }) => !/^[(),]$/.test(name));
      return only === undefined || more.length > 0 || /Function/.test(only.name) ? [] : [instead(text(only))];
    }
    case 'BinaryExpression':
      return ofBinary(node, text, instead, counts);
    default:
      return [];
  }
}

function ofBinary(
  node: SyntaxNode,
  text: (one: SyntaxNode) => string,
  instead: (insert: string) => Edit,
  counts: readonly string[],
): Edit[] {
  const [left, operator, right] = childrenOf(node);
  if (left === undefined || operator === undefined || right === undefined) return [];
  const [a, b] = [text(left), text(right)];
  switch (text(operator)) {
    case '-':
      return [`${b} - ${a}`, `${a} + ${b}`, a, ...counts.map((count) => `(${a} - ${b}) / ${count}`)].map(instead);
    case '+':
      return [`${a} - ${b}`, a].map(instead);
    case '*':
      return [a, b].map(instead);
    case '/':
      return [a, `${a} * ${b}`].map(instead);
    default:
      return [];
  }
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

export function edited(code: string, { from, to, insert }: Edit): string {
  return `${code.slice(0, from)}${insert}${code.slice(to)}`;
}
