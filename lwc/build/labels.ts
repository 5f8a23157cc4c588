/** Custom labels of the package: name -> text. */
const LABEL = /<labels>([\s\S]*?)<\/labels>/g;

function member(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(xml)?.[1];
}

function decoded(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

export function readLabels(xml: string): ReadonlyMap<string, string> {
  return new Map(
    [...xml.matchAll(LABEL)].map(([, body = '']) => [
      member(body, 'fullName') ?? '',
      decoded(member(body, 'value') ?? ''),
    ]),
  );
}
