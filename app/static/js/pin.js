// The PIN pad: big keys or a real keyboard; the form goes by itself with the last digit.
import { attach } from './attach.js';

attach('[data-pin]', (pad) => {
  const input = pad.querySelector('[data-pin-input]');
  const dots = pad.querySelectorAll('.pin-dots i');
  const length = Number(pad.dataset.pin);
  let sent = false;

  function show() {
    input.value = input.value.replace(/\D/g, '').slice(0, length);
    dots.forEach((dot, index) => dot.classList.toggle('is-set', index < input.value.length));
    if (input.value.length === length && !sent) {
      sent = true;
      input.form?.requestSubmit();
    }
  }
  function press(digit) {
    if (input.value.length < length) input.value += digit;
    show();
  }
  pad.addEventListener('click', (event) => {
    const key = event.target.closest('button');
    if (!key) return;
    if (key.dataset.digit !== undefined) press(key.dataset.digit);
    else if ('pinBack' in key.dataset) { input.value = input.value.slice(0, -1); show(); }
    else if ('pinClear' in key.dataset) { input.value = ''; show(); }
  });
  input.addEventListener('input', show);
  document.addEventListener('keydown', (event) => {
    if (!pad.isConnected || event.target === input || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^\d$/.test(event.key)) { event.preventDefault(); press(event.key); }
    else if (event.key === 'Backspace') { event.preventDefault(); input.value = input.value.slice(0, -1); show(); }
  });
  input.value = '';
  show();
  addEventListener('pageshow', (event) => { if (event.persisted) { sent = false; input.value = ''; show(); } });
});
