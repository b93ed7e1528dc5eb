// The colours of code, as variables of the style sheet: they follow light and dark.
import { HighlightStyle } from '@codemirror/language';
import { tags as t } from '@lezer/highlight';

export const HIGHLIGHT = HighlightStyle.define([
  { tag: [t.comment, t.meta], color: 'var(--code-comment)', fontStyle: 'italic' },
  { tag: [t.keyword, t.operatorKeyword, t.modifier], color: 'var(--code-keyword)' },
  { tag: [t.string, t.regexp, t.special(t.string)], color: 'var(--code-string)' },
  { tag: [t.number, t.bool, t.null], color: 'var(--code-number)' },
  { tag: [t.typeName, t.className, t.namespace], color: 'var(--code-type)' },
  { tag: [t.function(t.variableName), t.function(t.propertyName)], color: 'var(--code-function)' },
  { tag: t.definition(t.variableName), color: 'var(--ink)' },
]);
