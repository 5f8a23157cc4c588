/** A key that was made and could not be written is the caller's key all the same. */
export function lostKey(name: string): string {
  return `The caller ${name} has a new API key, and nobody has seen it. Make another: pcbridge caller rotate ${name}`;
}
