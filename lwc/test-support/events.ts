/** What a component says while a test looks on. */

export interface Heard {
  announced: string[];
  confirmed: string[];
  went: unknown[];
}

export function listen(element: HTMLElement): Heard {
  const heard: Heard = { announced: [], confirmed: [], went: [] };
  const detail = <T>(event: Event) => (event as CustomEvent<T>).detail;
  element.addEventListener('announce', (event) => heard.announced.push(detail<{ text: string }>(event).text));
  element.addEventListener('lightning__showtoast', (event) =>
    heard.confirmed.push(detail<{ title: string }>(event).title),
  );
  element.addEventListener('go', (event) => heard.went.push(detail(event)));
  return heard;
}
