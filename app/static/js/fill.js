// Fills the empty fields of a form with what is expected in them, less what stands in another field; both in thousandths.
// Without this script the button sends the form, and the server does the same.
import { announce, attach } from './attach.js';

const milli = (typed) => Math.round(Number(typed.trim()) * 1000) || 0;

attach('[data-fill]', (button) => {
  button.addEventListener('click', (event) => {
    event.preventDefault();
    for (const field of button.form.querySelectorAll('[data-expected]')) {
      const whole = Number(field.dataset.expected) - milli(document.getElementById(field.dataset.less)?.value ?? '');
      if (field.value.trim() || whole <= 0) continue;
      field.value = String(whole / 1000);
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }
    announce(button.dataset.fill);
  });
});
