/** The page in a browser: SLDS is one stylesheet for all, so components must not have a shadow that keeps it out. */
import '@lwc/synthetic-shadow';
import { createElement } from 'lwc';
import Shell from 'browser/shell';
import ToastContainer from 'lightning/toastContainer';

ToastContainer.instance().maxToasts = 3;
document.getElementById('page')?.append(createElement('browser-shell', { is: Shell }));
