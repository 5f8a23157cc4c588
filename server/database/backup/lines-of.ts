/** A stream of text as lines, whatever their number. Only `\n` ends one: JSON may hold the other line ends that Unicode knows. Pure. */

/** Without the line end; what follows the last one is a line too. */
export async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}
