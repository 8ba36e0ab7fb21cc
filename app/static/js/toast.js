// Messages at the bottom of the page: flashed by the server, sent by HX-Trigger {"toast": {"text", "tone"}}, or by scripts.
import { attach, icon, refresh, text } from './attach.js';

/** Show a message. Bad news stays until it is closed. */
export function toast(words, tone = 'info') {
  const box = document.getElementById('toasts');
  if (!box || !words) return;
  for (const old of box.children) if (old.firstChild?.textContent === words) old.remove();
  const note = document.createElement('div');
  note.className = `note note-${tone}`;
  note.dataset.toast = '';
  const line = document.createElement('span');
  line.textContent = words;
  note.append(line);
  box.append(note);
}

attach('[data-toast]', (note) => {
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'btn-icon';
  close.setAttribute('aria-label', text('close'));
  close.append(icon('x'));
  close.addEventListener('click', () => note.remove());
  note.append(close);
  if (!note.classList.contains('note-late')) setTimeout(() => note.remove(), 6000);
});

const box = document.getElementById('toasts');
if (box) new MutationObserver(() => refresh(box)).observe(box, { childList: true });

document.addEventListener('toast', (event) => {
  const { text: words, value, tone } = event.detail ?? {};
  toast(words ?? value, tone ?? 'good');
});
