/** In the place of c/bridgePlace: no org is around this page. */
export const IS_IN_SALESFORCE = false;
