/** What this person may do; the controllers and the bridge decide again. In a browser the bridge key alone decides. */
import canAdminister from '@salesforce/customPermission/PureCloud_Bridge_Administer';
import canOperate from '@salesforce/customPermission/PureCloud_Bridge_Operate';

export const MAY_ADMINISTER = canAdminister === true;
export const MAY_OPERATE = canOperate === true || MAY_ADMINISTER;
