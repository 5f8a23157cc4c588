/** The design system's stylesheet, less what the page never shows: 1 MB becomes a fifth of it. */
import postcss, { type AtRule, type Root, type Rule } from 'postcss';

const CLASS = /\.(-?[_a-zA-Z][\w-]*(?:\\.[\w-]*)*)/g;
const WORD = /[a-zA-Z][\w-]*/g;
/** `slds-icon_${size}`, `'slds-button_' + variant`: every class that begins so is kept. */
const PREFIX = /([a-zA-Z][\w-]*[-_])(?=\$\{|["'`]\s*\+|["'`]\.concat)/g;

/** The colour of each icon is a class made from its name. */
const ICON = /\b(action|custom|doctype|standard|utility):([a-z0-9_]+)\b/g;

interface Names {
  words: ReadonlySet<string>;
  prefixes: readonly string[];
}

function namesIn(scripts: string): Names {
  const icons = [...scripts.matchAll(ICON)].map(
    ([, kind = '', name = '']) => `slds-icon-${kind}-${name.replaceAll('_', '-')}`,
  );
  const prefixes = [...new Set(scripts.match(PREFIX))].filter((prefix) => prefix.startsWith('slds-'));
  return {
    words: new Set([...(scripts.match(WORD) ?? []), ...icons]),
    prefixes: prefixes.filter((prefix) => prefix !== 'slds-icon-'),
  };
}

function isUsed({ words, prefixes }: Names, selector: string): boolean {
  return [...selector.matchAll(CLASS)]
    .map(([, name = '']) => name.replaceAll('\\', ''))
    .every((name) => words.has(name) || prefixes.some((prefix) => name.startsWith(prefix)));
}

function dropUnusedRules(root: Root, names: Names): void {
  root.walkRules((rule: Rule) => {
    if (rule.parent?.type === 'atrule' && (rule.parent as AtRule).name.endsWith('keyframes')) return;
    const kept = rule.selectors.filter((selector) => isUsed(names, selector));
    if (kept.length === 0) rule.remove();
    else rule.selectors = kept;
  });
}

function dropUnusedKeyframes(root: Root): void {
  const text = root.toString();
  root.walkAtRules(/keyframes$/, (rule) => {
    if (text.split(rule.params).length < 3) rule.remove();
  });
}

function dropEmptyAtRules(root: Root): void {
  root.walkAtRules((rule) => {
    if (rule.nodes?.length === 0) rule.remove();
  });
}

/** @param scripts All that may name a class: the page's bundled scripts. */
export function trimStyles(css: string, scripts: string): string {
  const root = postcss.parse(css);
  root.walkComments((comment) => void comment.remove());
  root.walkAtRules(/^(font-face|charset|import)$/, (rule) => void rule.remove());
  dropUnusedRules(root, namesIn(scripts));
  dropUnusedKeyframes(root);
  dropEmptyAtRules(root);
  return root.toString();
}
