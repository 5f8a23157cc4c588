/** Where in PureCloud and in Setup a thing is mended. Pure. */
import { LABEL } from 'c/bridgeLabels';
import { IS_IN_SALESFORCE } from 'c/bridgePlace';
/** `https://login.usw2.pure.cloud/oauth/token` -> `https://apps.usw2.pure.cloud`; undefined for a host that is not PureCloud's. */
export function pureCloudApps(url) {
    return besideLogin('apps', url);
}
/** Where the API is, of which a sign-in at this address gets the token. */
export function pureCloudApi(url) {
    return besideLogin('api', url);
}
function besideLogin(name, url) {
    const domain = /^https:\/\/login\.([a-z0-9.-]+)\//.exec(url ?? '')?.[1];
    return domain === undefined ? undefined : `https://${name}.${domain}`;
}
export function oauthClientsLink(connection) {
    const apps = connection.provider === 'purecloud' ? pureCloudApps(connection.url) : undefined;
    return apps === undefined
        ? undefined
        : { label: LABEL.OpenInPureCloud, href: `${apps}/directory/#/admin/integrations/oauth` };
}
const SETUP_PAGES = {
    namedCredential: { label: LABEL.LinkNamedCredentials, page: 'NamedCredential' },
    principal: { label: LABEL.LinkNamedCredentials, page: 'NamedCredential' },
    permissionSet: { label: LABEL.LinkPermissionSets, page: 'PermSets' },
    loginHistory: { label: LABEL.LinkLoginHistory, page: 'OrgLoginHistory' },
    connectedApps: { label: LABEL.LinkConnectedApps, page: 'ConnectedAppsUsage' },
};
/** Inside Salesforce only: a browser elsewhere has no Setup at its own address. */
export function setupLink(topic) {
    const target = SETUP_PAGES[topic];
    if (!IS_IN_SALESFORCE || target === undefined)
        return undefined;
    return { label: target.label, href: `/lightning/setup/${target.page}/home` };
}
/** Inside Salesforce only; undefined elsewhere. */
export function recordLink(object, id) {
    return IS_IN_SALESFORCE ? `/lightning/r/${object}/${encodeURIComponent(id)}/view` : undefined;
}
