/** Puts a component on the page of a test, and finds what it shows. */
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
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
}

export function find<E extends Element = HTMLElement>(root: Element, selector: string): E | null {
  return root.shadowRoot?.querySelector<E>(selector) ?? null;
}

export function all<E extends Element = HTMLElement>(root: Element, selector: string): E[] {
  return [...(root.shadowRoot?.querySelectorAll<E>(selector) ?? [])];
}

export function textOf(root: Element, selector?: string): string {
  const nodes = selector === undefined ? [...(root.shadowRoot?.children ?? [])] : all(root, selector);
  return nodes
    .map((node) => node.textContent)
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim();
}
