// "/" focuses the search. A scanner types fast and ends with Enter: its text goes to the scan field of the page,
// else to the search, wherever the focus is.
import { attach } from './attach.js';

const GAP_MS = 45;
const LEAST = 5;
let burst = '';
let last = 0;

const editable = (element) => element?.matches?.('input:not([type=radio],[type=checkbox],[type=button],[type=submit]), textarea, select, [contenteditable]');

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const search = document.querySelector('[data-search-input]');
  if (editable(document.activeElement)) { burst = ''; return; }
  const now = event.timeStamp;
  if (event.key === 'Enter') {
    if (burst.length >= LEAST && now - last < GAP_MS * 3) {
      event.preventDefault();
      deliver(burst, document.querySelector('[data-scan-target]') ?? search);
    }
    burst = '';
    return;
  }
  if (event.key.length !== 1) return;
  burst = now - last < GAP_MS ? burst + event.key : event.key;
  last = now;
  if (event.key === '/' && search && !document.querySelector('dialog[open]')) {
    event.preventDefault();
    search.focus();
    search.select();
  }
});

/** Put scanned text into a field and send its form. */
export function deliver(code, field) {
  if (!field) return;
  field.value = code.trim();
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.focus();
  field.form?.requestSubmit();
}

// A code that was refused stays to be read; the next scan must take its place, not be appended to it.
attach('[data-scan-target]', (field) => {
  field.addEventListener('focus', () => field.select());
  if (document.activeElement === field) field.select();
});

document.addEventListener('submit', (event) => {
  const field = event.target.querySelector?.('[data-search-input]');
  if (field && !field.value.trim()) { event.preventDefault(); field.focus(); }
});
