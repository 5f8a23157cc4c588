/** The fields of a campaign sync, and the lines in which lists are typed. Pure. */
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
import { versionOf, } from 'c/bridgeService';
function connectionField(name, label, provider, connections) {
    const options = connections
        .filter((connection) => connection.provider === provider)
        .map((connection) => ({ label: connection.name, value: connection.name }));
    return { name, label, kind: options.length === 0 ? 'text' : 'select', options, isRequired: true };
}
const longText = (name, label, help, placeholder) => ({
    name,
    label,
    kind: 'longText',
    help,
    placeholder,
});
export function syncGroups(connections) {
    const text = (name, label, more = {}) => ({
        name,
        label,
        kind: 'text',
        ...more,
    });
    return [
        {
            name: 'ends',
            label: LABEL.GroupEnds,
            fields: [
                connectionField('salesforceConnection', LABEL.FieldSalesforceConnection, 'salesforce', connections),
                text('campaignId', LABEL.FieldCampaign, { isRequired: true, help: LABEL.HelpCampaign }),
                connectionField('purecloudConnection', LABEL.FieldPureCloudConnection, 'purecloud', connections),
                text('contactListName', LABEL.FieldContactListName, { help: LABEL.HelpContactListName }),
                text('contactListId', LABEL.FieldContactListId),
            ],
        },
        {
            name: 'mapping',
            label: LABEL.TabMapping,
            fields: [
                longText('phones', LABEL.FieldPhones, LABEL.HelpPhones, 'MobilePhone = Mobile (Cell)'),
                longText('columns', LABEL.FieldColumns, LABEL.HelpColumns, 'Company = Company'),
            ],
        },
        {
            name: 'schedule',
            label: LABEL.TabSchedule,
            fields: [
                text('schedule', LABEL.FieldSchedule, { placeholder: '*/15 * * * *', help: LABEL.HelpSchedule }),
                text('timeZone', LABEL.FieldTimeZone, { placeholder: 'Europe/Berlin' }),
            ],
        },
        {
            name: 'consent',
            label: LABEL.TabConsent,
            fields: [
                text('defaultCountry', LABEL.FieldDefaultCountry, { placeholder: 'DE', help: LABEL.HelpCountry }),
                longText('memberStatuses', LABEL.FieldMemberStatuses, LABEL.HelpMemberStatuses, 'Sent'),
                { name: 'excludeDoNotCall', label: LABEL.FieldExcludeDoNotCall, kind: 'switch' },
                { name: 'keepBlankValues', label: LABEL.FieldKeepBlankValues, kind: 'switch' },
            ],
        },
        {
            name: 'results',
            label: LABEL.TabResults,
            fields: [
                longText('results', LABEL.FieldResults, LABEL.HelpResults, 'Sold = Responded'),
                text('lastResult', LABEL.FieldLastResult),
                text('lastAttempt', LABEL.FieldLastAttempt),
            ],
        },
    ];
}
export const SYNC_DEFAULTS = { excludeDoNotCall: true, keepBlankValues: true };
function lineOf({ field, column, type }) {
    return type === undefined ? `${field} = ${column}` : `${field} = ${column} (${type})`;
}
function resultLine({ result, memberStatus }) {
    return `${result} = ${memberStatus}`;
}
export function syncValues(sync) {
    const { columns = [], phones = [], results = [], memberStatuses, resultFields } = sync;
    return {
        ...sync,
        excludeDoNotCall: sync.excludeDoNotCall ?? true,
        keepBlankValues: sync.keepBlankValues ?? true,
        columns: columns.map(lineOf).join('\n'),
        phones: phones.map(lineOf).join('\n'),
        results: results.map(resultLine).join('\n'),
        memberStatuses: memberStatuses?.join('\n'),
        lastResult: resultFields?.lastResult,
        lastAttempt: resultFields?.lastAttempt,
    };
}
/** The name of a Salesforce field has no sign in it: the first one parts. */
const COLUMN_PAIR = /^([^=]*[^=\s])\s*=\s*(.+)$/;
/** A wrap-up name can have one: the last with spaces around it parts, or else the last. */
const RESULT_PAIRS = [/^(.*\S)\s+=\s+(.+)$/, /^(.*[^=\s])\s*=\s*(.+)$/];
const TYPED = /^(.+?)\s*\(([^()]+)\)$/;
function columnIn(line) {
    const [, field, column] = COLUMN_PAIR.exec(line) ?? [];
    return field === undefined || column === undefined ? undefined : { field, column };
}
/** `MobilePhone = Mobile (Cell)`: brackets are the type of a phone, and part of any other name. */
function phoneIn(line) {
    const found = columnIn(line);
    const [, column, type] = TYPED.exec(found?.column ?? '') ?? [];
    return found === undefined || column === undefined || type === undefined
        ? found
        : { ...found, column, type };
}
/** `Sold = Responded` */
function resultIn(line) {
    const [, result, memberStatus] = RESULT_PAIRS.map((pair) => pair.exec(line)).find((found) => found !== null) ?? [];
    return result === undefined || memberStatus === undefined ? undefined : { result, memberStatus };
}
/** One item a line. A line that nobody touched is what is stored, also where it could be read in another way. */
function itemsOf(name, typed, { stored = [], lineOf: format, itemIn }, faults) {
    const untouched = [...stored];
    return linesIn(typed).flatMap(({ text, number }) => {
        const at = untouched.findIndex((item) => format(item) === text);
        const item = at < 0 ? itemIn(text) : untouched.splice(at, 1)[0];
        if (item === undefined)
            faults.push({ field: name, detail: fill(LABEL.LineFault, number) });
        return item === undefined ? [] : [item];
    });
}
/** Those that are not blank. */
function linesIn(typed) {
    return String(typed ?? '')
        .split('\n')
        .map((text, index) => ({ text: text.trim(), number: index + 1 }))
        .filter(({ text }) => text !== '');
}
/** What a change sends back: everything that can be set, and the version that was read. */
const SETTINGS = [
    'salesforceConnection',
    'purecloudConnection',
    'campaignId',
    'contactListId',
    'contactListName',
    'columns',
    'phones',
    'defaultCountry',
    'memberStatuses',
    'excludeDoNotCall',
    'keepBlankValues',
    'results',
    'resultFields',
    'schedule',
    'timeZone',
    'paused',
    'version',
];
export function settingsOf(sync) {
    return Object.fromEntries(SETTINGS.filter((name) => sync[name] !== undefined).map((name) => [name, sync[name]]));
}
const ELEMENT = /^(\w+)\[(\d+)\](?:\.(\w+))?$/;
/** `phones[1].type` of the bridge -> the line of the field `phones` on which the second phone stands. */
export function faultsOfFields(faults, typed) {
    return faults.map(({ field, detail }) => {
        const [, list, index, member] = ELEMENT.exec(field) ?? [];
        if (list === undefined)
            return { field: field.replace(/^resultFields\./, ''), detail };
        const { number = Number(index) + 1 } = linesIn(typed[list])[Number(index)] ?? {};
        return {
            field: list,
            detail: member === undefined
                ? fill(LABEL.LineOf, number, detail)
                : fill(LABEL.LineOfFault, number, member, detail),
        };
    });
}
/** What stands in the form -> what is sent. `paused` and whatever else the form does not show stays as it is stored. */
export function syncInput(collected, stored) {
    const faults = [];
    const { columns, phones, results, memberStatuses, lastResult, lastAttempt, ...rest } = collected;
    const statuses = linesIn(memberStatuses).map(({ text }) => text);
    const input = {
        ...rest,
        columns: itemsOf('columns', columns, { stored: stored?.columns, lineOf, itemIn: columnIn }, faults),
        phones: itemsOf('phones', phones, { stored: stored?.phones, lineOf, itemIn: phoneIn }, faults),
        results: itemsOf('results', results, { stored: stored?.results, lineOf: resultLine, itemIn: resultIn }, faults),
        ...(statuses.length === 0 ? {} : { memberStatuses: statuses }),
        ...(lastResult === undefined && lastAttempt === undefined
            ? {}
            : {
                resultFields: {
                    ...(lastResult === undefined ? {} : { lastResult }),
                    ...(lastAttempt === undefined ? {} : { lastAttempt }),
                },
            }),
        ...(stored?.paused === undefined ? {} : { paused: stored.paused }),
        ...versionOf(stored),
    };
    return { input, faults };
}
