// Forms: one submit only, filters that send themselves, a warning before typed things are left, a bar for uploads.
import { attach, text } from './attach.js';
import { toast } from './toast.js';

const busy = new WeakSet();
const dirty = new Set();
let leaving = false;

// In a list each line is a form of its own (data-unsaved="line"). What stands typed in the other lines is saved before a
// button does its work; the main action of the page then waits to be pressed again, for its sum may be another one now.
const isLine = (form) => form.dataset.unsaved === 'line';
let saving = false;
document.addEventListener('submit', (event) => {
  const { target: form, submitter } = event;
  const typed = [...dirty].filter((other) => other !== form && other.isConnected && isLine(other));
  if (!saving && (!typed.length || form.method === 'dialog')) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (saving) return;
  saving = true;
  saveLines(typed).then((address) => {
    saving = false;
    if (!address) return;
    if (submitter?.hasAttribute('data-main-action')) {
      sessionStorage.setItem('lines-saved', '1');
      location.assign(address);
    } else form.requestSubmit(submitter);
  }).catch(() => { saving = false; toast(text('network'), 'late'); });
}, true);

/** Save the lines one by one; returns where the last one led. A refused one gets the focus, and all stays as it was typed. */
async function saveLines(lines) {
  let address = '';
  for (const line of lines) {
    const answer = await fetch(line.action, { method: 'POST', body: new FormData(line) });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (!answer.ok) {
      toast(page.querySelector('.error-summary strong')?.textContent ?? text('failed'), 'late');
      [...line.elements].find((input) => input.type === 'text')?.focus();
      return '';
    }
    dirty.delete(line);
    address = answer.url;
    // The next line, and what was pressed, must know of this change: they carry the version of the row.
    for (const input of document.querySelectorAll('form[data-form] > input[name="version"]')) {
      const now = page.querySelector(`form[action="${input.form.getAttribute('action')}"] > input[name="version"]`);
      if (now) input.value = now.value;
    }
  }
  return address;
}

if (sessionStorage.getItem('lines-saved')) {
  sessionStorage.removeItem('lines-saved');
  toast(text('linesSaved'), 'waiting');
}

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
