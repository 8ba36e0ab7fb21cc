// A shared terminal locks itself after idle minutes; the last twenty seconds are said aloud in words.
import { fill } from './attach.js';

const after = Number(document.body.dataset.lockAfter || 120);
const warning = document.querySelector('[data-lock-warning]');
const hereUrl = document.body.dataset.hereUrl;
const SAY_EVERY = 30_000; // well below the two minutes after which the server ends the session
let touched = Date.now();
let said = Date.now();
let locked = false;

for (const kind of ['pointerdown', 'keydown', 'wheel', 'touchmove']) {
  addEventListener(kind, () => {
    touched = Date.now();
    if (warning) warning.hidden = true;
    // Somebody who writes for minutes without sending is there: the server cannot see that by itself.
    if (hereUrl && touched - said > SAY_EVERY) { said = touched; fetch(hereUrl).catch(() => {}); }
  }, { passive: true, capture: true });
}

setInterval(() => {
  const left = Math.ceil(after - (Date.now() - touched) / 1000);
  if (left <= 0 && !locked) {
    locked = true;
    const form = document.getElementById('lock-form');
    if (form) form.submit();
    else location.assign(document.body.dataset.lockUrl);
  } else if (warning && left <= 20) {
    warning.hidden = false;
    warning.textContent = fill(warning.dataset.text, { seconds: left });
  }
}, 500);
// A terminal that slept and wakes must not show the last person's page.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && Date.now() - touched > after * 1000) document.getElementById('lock-form')?.submit();
});
addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
