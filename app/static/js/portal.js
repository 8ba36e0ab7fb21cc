// The one script of every page. Small habits load always, larger tools only where the page has a use for them.
import './htmx-setup.js';
import './toast.js';
import './confirm.js';
import './menus.js';
import './forms.js';
import './search.js';
import './keys.js';
import './time.js';
import { attach, refresh } from './attach.js';

const tools = {
  '[data-live]': './live.js',
  '[data-board]': './board.js',
  '[data-damage]': './damage.js',
  '[data-photos]': './photo.js',
  '[data-signature]': './signature.js',
  '[data-answer-sum]': './answer-sum.js',
  '[data-fill]': './fill.js',
  '[data-pin]': './pin.js',
  '[data-plate]': './plate.js',
  'body[data-lock-url]': './terminal-lock.js',
  '[data-scan-camera]': './scan-camera.js',
};
const wanted = new Set();
let underway = 0;
// For whoever drives the page by program: until then a press may come before its script.
const tell = () => { document.documentElement.dataset.ready = underway ? 'no' : 'yes'; };
for (const [selector, file] of Object.entries(tools)) {
  attach(selector, () => {
    if (wanted.has(file)) return;
    wanted.add(file);
    underway += 1;
    import(file).then(() => refresh(), () => wanted.delete(file)).finally(() => { underway -= 1; tell(); });
  });
}
tell();
