// Number plates: keys for the province first, then letters and digits. On a touch screen they open by themselves;
// typed text becomes capitals without blanks, full-width letters become plain ones.
import { attach } from './attach.js';

const touch = matchMedia('(pointer: coarse)').matches;
const tidy = (text) => text.normalize('NFKC').toUpperCase().replace(/[\s·.・•-]/g, '');

attach('[data-plate]', (root) => {
  const input = root.querySelector('[data-plate-input]');
  const pad = root.querySelector('[data-plate-pad]');
  const toggle = root.querySelector('[data-plate-toggle]');
  const pages = Object.fromEntries([...root.querySelectorAll('[data-plate-page]')].map((page) => [page.dataset.platePage, page]));
  let composing = false;

  function show() {
    pages.first.hidden = input.value.length > 0;
    pages.rest.hidden = input.value.length === 0;
  }
  function open(on) {
    pad.hidden = !on;
    toggle.setAttribute('aria-expanded', String(on));
    if (touch) input.inputMode = on ? 'none' : 'text';
    show();
  }
  function changed() {
    show();
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }

  input.addEventListener('compositionstart', () => { composing = true; });
  input.addEventListener('compositionend', () => { composing = false; clean(); });
  function clean() {
    if (composing) return;
    const plain = tidy(input.value);
    if (plain !== input.value) input.value = plain;
    show();
  }
  input.addEventListener('input', clean);
  input.addEventListener('focus', () => { if (touch) open(true); });
  toggle.addEventListener('click', () => { open(pad.hidden); input.focus(); });
  pad.addEventListener('pointerdown', (event) => event.preventDefault()); // the field keeps the focus
  pad.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (!button) return;
    if (button.dataset.plateKey) {
      if (input.value.length < input.maxLength) input.value += button.dataset.plateKey;
      changed();
    } else if ('plateBack' in button.dataset) {
      input.value = input.value.slice(0, -1);
      changed();
    } else {
      open(false);
      input.inputMode = 'text';
      input.blur();
      input.focus({ preventScroll: true });
      pad.hidden = true;
    }
  });
  document.addEventListener('focusin', (event) => { if (!pad.hidden && !root.contains(event.target)) open(false); });
  if (touch && document.activeElement === input) open(true);
  clean();
});
