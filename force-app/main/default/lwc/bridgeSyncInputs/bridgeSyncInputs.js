/** The fields of a campaign sync, and the lines in which lists are typed. Pure. */
import { LABEL } from 'c/bridgeLabels';
import { fill } from 'c/bridgeFormat';
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
                text('memberStatuses', LABEL.FieldMemberStatuses, { help: LABEL.HelpMemberStatuses }),
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
export function syncValues(sync) {
    const { columns = [], phones = [], results = [], memberStatuses, resultFields } = sync;
    return {
        ...sync,
        excludeDoNotCall: sync.excludeDoNotCall ?? true,
        keepBlankValues: sync.keepBlankValues ?? true,
        columns: columns.map(lineOf).join('\n'),
        phones: phones.map(lineOf).join('\n'),
        results: results.map(({ result, memberStatus }) => `${result} = ${memberStatus}`).join('\n'),
        memberStatuses: memberStatuses?.join(', '),
        lastResult: resultFields?.lastResult,
        lastAttempt: resultFields?.lastAttempt,
    };
}
/** A sign with spaces around it goes before one that is part of a name. */
const PAIRS = [/^(.+?)\s+=\s+(.+)$/, /^(.+?)\s*=\s*(.+)$/];
const TYPED = /^(.+?)\s*\(([^()]+)\)$/;
/** One pair a line: `Sold = Responded`. */
function pairsOf(name, typed, faults) {
    const lines = String(typed ?? '')
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
    return lines.flatMap((line, index) => {
        const [, left, right] = PAIRS.map((pair) => pair.exec(line)).find((found) => found !== null) ?? [];
        if (left === undefined || right === undefined) {
            faults.push({ field: name, detail: fill(LABEL.LineFault, index + 1) });
            return [];
        }
        return [{ left, right }];
    });
}
function toColumn({ left, right }) {
    return { field: left, column: right };
}
/** `MobilePhone = Mobile (Cell)`: brackets are the type of a phone, and part of any other name. */
function toPhone({ left, right }) {
    const [, column = right, type] = TYPED.exec(right) ?? [];
    return { field: left, column, ...(type === undefined ? {} : { type }) };
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
/** `phones[1].type` of the bridge -> the second line of the field `phones`. */
export function faultsOfFields(faults) {
    return faults.map(({ field, detail }) => {
        const [, list, index, member] = ELEMENT.exec(field) ?? [];
        if (list !== undefined)
            return { field: list, detail: fill(LABEL.LineOfFault, Number(index) + 1, member ?? '', detail) };
        return { field: field.replace(/^resultFields\./, ''), detail };
    });
}
/** What stands in the form -> what is sent. `paused` and whatever else the form does not show stays as it is stored. */
export function syncInput(collected, stored) {
    const faults = [];
    const { columns, phones, results, memberStatuses, lastResult, lastAttempt, ...rest } = collected;
    const statuses = String(memberStatuses ?? '')
        .split(',')
        .map((status) => status.trim())
        .filter((status) => status !== '');
    const input = {
        ...rest,
        columns: pairsOf('columns', columns, faults).map(toColumn),
        phones: pairsOf('phones', phones, faults).map(toPhone),
        results: pairsOf('results', results, faults).map(({ left, right }) => ({
            result: left,
            memberStatus: right,
        })),
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
        ...(stored?.version === undefined ? {} : { version: stored.version }),
    };
    return { input, faults };
}
