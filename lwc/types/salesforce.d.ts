/** Modules that exist on the Salesforce platform only, as far as the page uses them. */
declare module '@salesforce/apex/*' {
  /** Controllers of the page answer JSON as text. */
  const method: (params?: Readonly<Record<string, string>>) => Promise<string>;
  export default method;
}
declare module '@salesforce/label/*' {
  const label: string;
  export default label;
}
declare module '*.html' {
  const template: never;
  export default template;
}
declare module 'lightning/platformShowToastEvent' {
  export interface ToastInit {
    title: string;
    message?: string;
    variant?: 'info' | 'success' | 'warning' | 'error';
    mode?: 'dismissible' | 'pester' | 'sticky';
  }
  export class ShowToastEvent extends CustomEvent<ToastInit> {
    constructor(init: ToastInit);
  }
}
declare module 'lightning/confirm' {
  export interface ConfirmInit {
    label: string;
    message: string;
    theme?: 'default' | 'warning' | 'error';
    variant?: 'header' | 'headerless';
  }
  const confirm: { open(init: ConfirmInit): Promise<boolean> };
  export default confirm;
}
