/** In the place of lightning/platformShowToastEvent: Lightning Experience would show the toast; here the page does. */
import Toast from 'lightning/toast';

interface ToastInit {
  title: string;
  message?: string;
  variant?: string;
  mode?: string;
}

export class ShowToastEvent extends CustomEvent<ToastInit> {
  constructor(init: ToastInit) {
    super('lightning__showtoast', { detail: init, bubbles: true, composed: true });
    const { title, message, variant, mode } = init;
    void Toast.show({ label: title, message, variant, mode });
  }
}
