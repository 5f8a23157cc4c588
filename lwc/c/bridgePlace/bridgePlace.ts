/** Where the page runs. The browser's own page puts another module in the place of this one. */
export const IS_IN_SALESFORCE = true;
