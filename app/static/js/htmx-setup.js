// htmx: CSRF header on every request, refusals shown in words, focus kept, JS-owned areas left alone by morphing.
import { csrfToken, text } from './attach.js';
import { toast } from './toast.js';

document.addEventListener('htmx:configRequest', (event) => {
  event.detail.headers['X-CSRFToken'] = csrfToken();
});

// A refusal page for htmx names where it wants to be shown (HX-Retarget); show it although its status is an error.
document.addEventListener('htmx:beforeSwap', (event) => {
  const { xhr } = event.detail;
  if (xhr.status >= 400 && xhr.getResponseHeader('HX-Retarget') && event.detail.target) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    event.detail.target.scrollIntoView?.({ block: 'nearest' });
  }
});

// A form sent with live=true that succeeded by a plain redirect: go where it led, instead of looking for the form there.
document.addEventListener('htmx:beforeSwap', (event) => {
  const { xhr, elt } = event.detail;
  if (xhr.status < 300 && elt.matches?.('form[data-form][hx-post]') && /^\s*<!doctype html/i.test(xhr.responseText)) {
    event.detail.shouldSwap = false;
    if (new URL(xhr.responseURL).pathname === location.pathname) location.reload();
    else location.assign(xhr.responseURL);
  }
});

const byStatus = { 401: 'signedOut', 403: 'forbidden', 404: 'gone', 410: 'gone', 413: 'tooLarge', 429: 'tooMany' };
document.addEventListener('htmx:responseError', (event) => {
  toast(text(byStatus[event.detail.xhr.status] ?? 'failed'), 'late');
});
document.addEventListener('htmx:sendError', () => toast(text('network'), 'late'));
document.addEventListener('htmx:timeout', () => toast(text('network'), 'late'));

// What a script owns (a half-drawn signature, taken photos) survives the morph of the form around it.
if (window.Idiomorph) {
  Idiomorph.defaults.callbacks.beforeNodeMorphed = (before) => !before.hasAttribute?.('data-keep');
  Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
    !(name === 'open' && (node.localName === 'details' || node.localName === 'dialog'));
}

// After a swap the focus goes back to where it was, or to what asks for it.
let had = null;
document.addEventListener('htmx:beforeSwap', () => { had = document.activeElement; });
document.addEventListener('htmx:afterSettle', (event) => {
  const asks = event.detail.elt.querySelector?.('[data-focus], [autofocus]') ?? null;
  if (asks) asks.focus();
  else if (had && !had.isConnected && had.id) document.getElementById(had.id)?.focus();
  had = null;
});

const offline = document.getElementById('offline');
const mark = () => { if (offline) offline.hidden = navigator.onLine; };
addEventListener('online', mark);
addEventListener('offline', mark);
