/** A person with every permission set, in the place of c/bridgeRights. */
export const MAY_ADMINISTER = true;
export const MAY_OPERATE = true;
