/** On a narrow screen the detail stands below its list: whoever chooses there is brought to it. */
export function showDetail(template) {
    const list = template.querySelector('nav');
    const detail = template.querySelector('.detail');
    if (list === null || detail === null)
        return;
    const isBelow = detail.getBoundingClientRect().top > list.getBoundingClientRect().bottom;
    if (!isBelow)
        return;
    detail.focus({ preventScroll: true });
    detail.scrollIntoView({ block: 'start' });
}
