/** What is stored in other words than what stands in a form, field by field. Pure. */
import { LABEL } from 'c/bridgeLabels';
function textOf({ kind, options = [] }, value) {
    if (kind === 'switch')
        return value === true ? LABEL.Yes : LABEL.No;
    const text = String(value ?? '');
    return options.find((option) => option.value === text)?.label ?? (text === '' ? LABEL.NotSet : text);
}
/** Of a secret nobody knows whether it differs. */
export function differences(groups, typed, stored) {
    return groups
        .flatMap(({ fields }) => fields)
        .filter(({ kind }) => kind !== 'secret' && kind !== 'longSecret')
        .map((field) => ({ field, value: textOf(field, stored[field.name]) }))
        .filter(({ field, value }) => value !== textOf(field, typed[field.name]))
        .map(({ field, value }) => ({ label: field.label, value }));
}
