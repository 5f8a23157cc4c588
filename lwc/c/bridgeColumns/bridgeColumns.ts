/** On a narrow screen the detail stands below its list: whoever chooses there is brought to it. */
export function showDetail(template: ParentNode): void {
  const list = template.querySelector<HTMLElement>('nav');
  const detail = template.querySelector<HTMLElement>('.detail');
  if (list === null || detail === null) return;
  const isBelow = detail.getBoundingClientRect().top > list.getBoundingClientRect().bottom;
  if (!isBelow) return;
  detail.focus({ preventScroll: true });
  detail.scrollIntoView({ block: 'start' });
}
