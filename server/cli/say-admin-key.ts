/** The key of the caller admin, which is made at the first start and never shown again. */
import type { Secret } from '../secret.ts';
import type { Terminal } from './terminal.ts';

export function sayAdminKey(key: Secret, { say, paint }: Pick<Terminal, 'say' | 'paint'>): void {
  say(`API key of the caller admin, shown this once: ${paint('bold', key.reveal())}`);
}
