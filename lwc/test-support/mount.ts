/** Puts a component on the page of a test, and finds what it shows, however deep. */
import { createElement } from 'lwc';

type Constructor = Parameters<typeof createElement>[1]['is'];

/** @param is the class of the component; its members are set before it is shown. */
export function mount<Members extends object = object>(
  name: string,
  is: unknown,
  members: Partial<Members> = {},
): HTMLElement & Members {
  const element = createElement(name, { is: is as Constructor }) as unknown as HTMLElement & Members;
  Object.assign(element, members);
  document.body.append(element);
  return element;
}

/** Removes every component, so that what it polls stops with its test. */
export function unmountAll(): void {
  document.body.replaceChildren();
}

/** Lets answers arrive and the page show them. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

function* shadowsIn(root: Element): Generator<ParentNode> {
  if (root.shadowRoot === null) return;
  yield root.shadowRoot;
  for (const child of root.shadowRoot.querySelectorAll('*')) yield* shadowsIn(child);
}

export function all<E extends Element = HTMLElement>(root: Element, selector: string): E[] {
  return [...shadowsIn(root)].flatMap((shadow) => [...shadow.querySelectorAll<E>(selector)]);
}

export function find<E extends Element = HTMLElement>(root: Element, selector: string): E | null {
  return all<E>(root, selector)[0] ?? null;
}

/** @throws Error where there is none. */
export function need<E extends Element = HTMLElement>(root: Element, selector: string): E {
  const found = find<E>(root, selector);
  if (found === null) throw new Error(`${root.tagName} shows no ${selector}`);
  return found;
}

/** Base components draw their label themselves; their stand-ins in jsdom do not. */
function labelsIn(part: ParentNode): string[] {
  const base = [...part.querySelectorAll<HTMLElement & { label?: string }>('*')];
  return base.filter(({ tagName }) => tagName.startsWith('LIGHTNING-')).map(({ label }) => label ?? '');
}

/** What a person reads: text and the labels of base components, with single spaces. */
export function textOf(root: Element, selector?: string): string {
  const parts: ParentNode[] = selector === undefined ? [...shadowsIn(root)] : all(root, selector);
  return parts
    .flatMap((part) =>
      [...(part as Element).childNodes].map((node) => node.textContent).concat(labelsIn(part)),
    )
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** As a base component tells of a choice or of what was typed. */
export function change(control: HTMLElement, value: unknown): void {
  Object.assign(control, typeof value === 'boolean' ? { checked: value } : { value });
  control.dispatchEvent(new CustomEvent('change', { detail: { value } }));
}
