/** Text of a file that a person wrote. Pure. */

/** What an editor puts in front of it is left out. Undefined: it is UTF-16, as PowerShell writes it, of which each character is two bytes. */
export function utf8Text(content: Buffer): string | undefined {
  const isUtf16 = /^(fffe|feff)$/.test(content.subarray(0, 2).toString('hex'));
  return isUtf16 ? undefined : new TextDecoder().decode(content);
}
