/** In the place of lightning/platformShowToastEvent: Lightning Experience would show the toast; here the page's container does. */
import Toast from 'lightning/toast';

interface ToastInit {
  title: string;
  message?: string;
  variant?: string;
  mode?: string;
}

export class ShowToastEvent extends CustomEvent<object> {
  constructor({ title, ...init }: ToastInit) {
    super('lightning__showtoast', {
      detail: { ...init, label: title, toast: Toast },
      bubbles: true,
      composed: true,
    });
  }
}
