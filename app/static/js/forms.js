// Forms: one submit only, filters that send themselves, a warning before typed things are left, a bar for uploads.
import { attach, text } from './attach.js';
import { toast } from './toast.js';

const busy = new WeakSet();

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method === 'dialog' || event.defaultPrevented && !form.hasAttribute('hx-post')) return;
  if (form.querySelector('[data-uploading]')) {
    event.preventDefault();
    event.stopImmediatePropagation();
    toast(text('sending'), 'waiting');
    return;
  }
  if (busy.has(form)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  if (form.method !== 'post' && !form.hasAttribute('hx-post')) return;
  busy.add(form);
  const button = event.submitter;
  button?.setAttribute('aria-busy', 'true');
  const free = () => { busy.delete(form); button?.removeAttribute('aria-busy'); };
  if (form.hasAttribute('hx-post')) form.addEventListener('htmx:afterRequest', free, { once: true });
  else { leaving = true; setTimeout(free, 15000); addEventListener('pageshow', free, { once: true }); }
}, true);

let leaving = false;
const dirty = new Set();
document.addEventListener('input', (event) => {
  const form = event.target.form;
  if (form?.matches('[data-unsaved]')) dirty.add(form);
});
document.addEventListener('htmx:afterRequest', (event) => { if (event.detail.successful) dirty.delete(event.target); });
addEventListener('beforeunload', (event) => {
  if (!leaving && [...dirty].some((form) => form.isConnected)) event.preventDefault();
});
addEventListener('pageshow', () => { leaving = false; });

attach('form[data-auto-submit]', (form) => {
  form.addEventListener('change', (event) => {
    if (event.target.type !== 'search' && event.target.type !== 'text') form.requestSubmit();
  });
  // An empty filter does not belong into the address.
  form.addEventListener('formdata', ({ formData }) => {
    for (const [name, value] of [...formData]) if (value === '') formData.delete(name);
  });
});

// Uploads sent by htmx show how far they are.
document.addEventListener('htmx:xhr:progress', (event) => {
  const { loaded, total, lengthComputable } = event.detail;
  const form = event.target;
  if (!lengthComputable || total < 200000 || !form.querySelector) return;
  let bar = form.querySelector(':scope > progress[data-upload]');
  if (!bar) {
    bar = document.createElement('progress');
    bar.dataset.upload = '';
    bar.setAttribute('aria-label', text('sending'));
    form.append(bar);
  }
  bar.max = total;
  bar.value = loaded;
  if (loaded >= total) setTimeout(() => bar.remove(), 600);
});

attach('[data-focus], .error-summary', (element) => element.focus({ preventScroll: false }));
