/** The fields of a bearer token request and of a connection, grouped as people think of them. Pure. */
import { LABEL } from 'c/bridgeLabels';
import { REGIONS } from 'c/bridgeRegions';
import { fill } from 'c/bridgeFormat';
import { versionOf } from 'c/bridgeService';
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
export const PROVIDERS = [
    { value: 'purecloud', label: LABEL.ProviderPureCloud },
    { value: 'salesforce', label: LABEL.ProviderSalesforce },
    { value: 'other', label: LABEL.ProviderOther },
];
const GRANTS = [
    { value: 'client_credentials', label: LABEL.GrantClientCredentials },
    { value: 'password', label: LABEL.GrantPassword },
    { value: JWT_BEARER, label: LABEL.GrantJwt },
];
export function providerLabel(provider) {
    return PROVIDERS.find(({ value }) => value === provider)?.label ?? provider;
}
export function grantLabel(grantType) {
    return GRANTS.find(({ value }) => value === grantType)?.label ?? grantType;
}
export function regionLabel(region) {
    return REGIONS.find(({ value }) => value === region)?.label ?? region;
}
const text = (name, label, more = {}) => ({
    name,
    label,
    kind: 'text',
    ...more,
});
/** @param isSet the bridge holds one: it may stay empty then. */
function secretField(name, label, isSet, more = {}) {
    return {
        name,
        label,
        kind: 'secret',
        ...more,
        ...(isSet ? { placeholder: LABEL.SecretSet, isRequired: false } : {}),
    };
}
function signInFields(grantType, isSet) {
    const grant = {
        name: 'grantType',
        label: LABEL.FieldGrantType,
        kind: 'select',
        options: GRANTS,
        help: LABEL.HelpGrantType,
    };
    const id = text('clientId', LABEL.FieldClientId, { isRequired: true, help: LABEL.HelpClientId });
    if (grantType === JWT_BEARER) {
        const key = secretField('privateKey', LABEL.FieldPrivateKey, isSet('privateKey'), { isRequired: true });
        return [
            grant,
            id,
            text('subject', LABEL.FieldSubject, { isRequired: true, help: LABEL.HelpSubject }),
            text('audience', LABEL.FieldAudience, { isRequired: true, help: LABEL.HelpAudience }),
            { ...key, kind: 'longSecret', help: LABEL.HelpPrivateKey },
        ];
    }
    const secret = secretField('clientSecret', LABEL.FieldClientSecret, isSet('clientSecret'), {
        isRequired: true,
        help: LABEL.HelpSecret,
    });
    if (grantType !== 'password')
        return [grant, id, secret];
    return [
        grant,
        id,
        secret,
        text('username', LABEL.FieldUsername, { isRequired: true }),
        secretField('password', LABEL.FieldPassword, isSet('password'), {
            isRequired: true,
            help: LABEL.HelpPassword,
        }),
    ];
}
const SENDING = [
    {
        name: 'credentialsInBody',
        label: LABEL.FieldCredentialsInBody,
        kind: 'switch',
        help: LABEL.HelpCredentialsInBody,
    },
    text('contentType', LABEL.FieldContentType, {
        placeholder: 'application/x-www-form-urlencoded',
        help: LABEL.HelpContentType,
    }),
    {
        name: 'basicEncoding',
        label: LABEL.FieldBasicEncoding,
        kind: 'select',
        options: [
            { value: 'raw', label: LABEL.BasicRaw },
            { value: 'rfc6749', label: LABEL.BasicRfc },
        ],
        help: LABEL.HelpBasicEncoding,
    },
];
const NETWORK = [
    text('proxyUri', LABEL.FieldProxyUri, { placeholder: 'http://host:port', help: LABEL.HelpProxyUri }),
    {
        name: 'timeoutSeconds',
        label: LABEL.FieldTimeout,
        kind: 'number',
        min: 1,
        max: 120,
        placeholder: '10',
        help: LABEL.HelpTimeout,
    },
];
const flag = (name, label, help) => ({ name, label, kind: 'switch', help });
const CERTIFICATES = [
    text('clientCertificate', LABEL.FieldClientCertificate, { help: LABEL.HelpClientCertificate }),
    flag('ignoreUnknownCertificateAuthority', LABEL.FieldIgnoreAuthority, LABEL.HelpIgnoreAuthority),
    flag('ignoreWrongCertificateUsage', LABEL.FieldIgnoreUsage, LABEL.HelpIgnoreUsage),
    flag('ignoreCertificateNameMismatch', LABEL.FieldIgnoreName, LABEL.HelpIgnoreName),
    flag('ignoreInvalidCertificateDate', LABEL.FieldIgnoreDate, LABEL.HelpIgnoreDate),
];
const group = (name, label, fields) => ({
    name,
    label,
    fields,
});
function wireGroups() {
    return [
        group('sending', LABEL.GroupSending, SENDING),
        group('network', LABEL.GroupNetwork, NETWORK),
        group('certificates', LABEL.GroupCertificates, CERTIFICATES),
    ];
}
export const REQUEST_DEFAULTS = {
    grantType: 'client_credentials',
    basicEncoding: 'raw',
    credentialsInBody: false,
};
/** Every input of the tool. */
export function requestGroups(values) {
    const url = text('url', LABEL.FieldUrl, {
        isWide: true,
        isRequired: true,
        placeholder: 'https://login.mypurecloud.com/oauth/token',
        help: LABEL.HelpUrl,
    });
    return [
        group('target', LABEL.GroupTarget, [url]),
        group('signIn', LABEL.GroupSignIn, signInFields(values.grantType, () => false)),
        ...wireGroups(),
    ];
}
/** Not a region of PureCloud's: the addresses are typed. */
export const OWN_ADDRESS = 'own';
/** The addresses of a connection that are not those of its region: a private gateway, for example. */
export function ownAddresses({ region, url, apiUrl }) {
    const { domain = '' } = REGIONS.find(({ value }) => value === region) ?? {};
    return {
        ...(url === `https://login.${domain}/oauth/token` ? {} : { url }),
        ...(apiUrl === undefined || apiUrl === `https://api.${domain}` ? {} : { apiUrl }),
    };
}
function targetFields(values, stored) {
    const provider = {
        name: 'provider',
        label: LABEL.FieldProvider,
        kind: 'select',
        options: PROVIDERS,
        isRequired: true,
    };
    const region = {
        name: 'region',
        label: LABEL.FieldRegion,
        kind: 'select',
        options: [...REGIONS, { value: OWN_ADDRESS, label: LABEL.RegionOwn }],
        isRequired: true,
        help: LABEL.HelpRegion,
    };
    const isOwn = values.provider !== 'purecloud' || values.region === OWN_ADDRESS;
    const addresses = [
        text('url', LABEL.FieldUrl, { isRequired: isOwn, isWide: true, help: LABEL.HelpUrl }),
        text('apiUrl', LABEL.FieldApiUrl, {
            help: LABEL.HelpApiUrl,
            isRequired: isOwn && values.provider === 'purecloud',
        }),
    ];
    if (values.provider !== 'purecloud')
        return [provider, ...addresses];
    const hasOwn = isOwn || (stored !== undefined && Object.keys(ownAddresses(stored)).length > 0);
    return hasOwn ? [provider, region, ...addresses] : [provider, region];
}
function connectionSignIn(values, isSet) {
    const scope = text('scope', LABEL.FieldScope, { help: LABEL.HelpScope });
    const isSalesforcePassword = values.provider === 'salesforce' && values.grantType === 'password';
    const token = secretField('securityToken', LABEL.FieldSecurityToken, isSet('securityToken'), {
        help: LABEL.HelpSecurityToken,
    });
    return [...signInFields(values.grantType, isSet), ...(isSalesforcePassword ? [token] : []), scope];
}
const USE = [
    {
        name: 'tokenLifetimeSeconds',
        label: LABEL.FieldTokenLifetime,
        kind: 'number',
        min: 60,
        max: 172_800,
        placeholder: '1800',
        help: LABEL.HelpTokenLifetime,
    },
    {
        name: 'requestsPerMinute',
        label: LABEL.FieldRequestsPerMinute,
        kind: 'number',
        min: 1,
        max: 100_000,
        help: LABEL.HelpRequestsPerMinute,
    },
    flag('allowTokenHandout', LABEL.FieldAllowHandout, LABEL.HelpAllowHandout),
];
/** @param stored what the bridge holds; absent for a new one. */
export function connectionGroups(values, stored) {
    const isSet = (name) => stored?.[`${name}Set`] === true;
    return [
        group('target', LABEL.GroupTarget, targetFields(values, stored)),
        group('signIn', LABEL.GroupSignIn, connectionSignIn(values, isSet)),
        ...wireGroups(),
        group('use', LABEL.GroupUse, USE),
    ];
}
export const CONNECTION_DEFAULTS = {
    ...REQUEST_DEFAULTS,
    provider: 'purecloud',
    region: 'us_east_1',
    allowTokenHandout: true,
};
/** What stands in the form when a saved connection is edited. */
export function valuesOf(stored) {
    const region = stored.provider === 'purecloud' ? (stored.region ?? OWN_ADDRESS) : undefined;
    return { ...stored, ...(region === undefined ? {} : { region }) };
}
/** What the form holds -> what is sent: an own address is no region, and a new connection takes the place of none. */
export function connectionInput(collected, stored) {
    const { region, ...rest } = collected;
    return {
        ...rest,
        ...(region === undefined || region === OWN_ADDRESS ? {} : { region }),
        ...versionOf(stored),
    };
}
/** What is missing, said as the page's own rule and not as the bridge's. */
export function forgottenSecret(field) {
    return { field, detail: fill(LABEL.SecretForgotten) };
}
