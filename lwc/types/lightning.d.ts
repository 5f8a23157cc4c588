/** What the browser's page takes from the base components, and what it has of its own. */
declare module 'lightning/toast' {
  const Toast: object;
  export default Toast;
}
declare module 'lightning/toastContainer' {
  const container: { instance(): { maxToasts: number } };
  export default container;
}
declare module '@lwc/synthetic-shadow';
declare module '@salesforce/i18n/*' {
  const value: string;
  export default value;
}
declare module '@salesforce/customPermission/*' {
  /** Undefined: the person does not have it. */
  const isGiven: boolean | undefined;
  export default isGiven;
}
