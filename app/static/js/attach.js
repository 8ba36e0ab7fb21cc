// Finds elements by attribute, now and after every swap, and starts each once.
const started = new Map();
const seen = new WeakMap();

/** Run `start(element)` for each element that matches, also for those that arrive later. */
export function attach(selector, start) {
  started.set(selector, start);
  run(document, selector, start);
}

function run(root, selector, start) {
  const found = [...root.querySelectorAll(selector)];
  if (root.matches?.(selector)) found.unshift(root);
  for (const element of found) {
    const done = seen.get(element) ?? new Set();
    if (done.has(start)) continue;
    seen.set(element, done.add(start));
    start(element);
  }
}

/** Start whatever is new inside `root`; called after swaps. */
export function refresh(root = document) {
  for (const [selector, start] of started) run(root, selector, start);
}

document.addEventListener('htmx:load', (event) => refresh(event.detail.elt));
document.addEventListener('htmx:afterSettle', (event) => refresh(event.detail.elt));

/** A translated text that the layout carries, see #texts in base.html. */
export function text(name) {
  return document.getElementById('texts')?.dataset[name] ?? '';
}

/** Put values into a text: fill('{car} moved', {car: '京A'}). */
export function fill(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

/** Have a screen reader say something. */
export function announce(words) {
  const region = document.getElementById('announcer');
  if (!region || !words) return;
  region.textContent = '';
  setTimeout(() => { region.textContent = words; }, 60);
}

/** A random one-time key. */
export function randomKey() {
  return [...crypto.getRandomValues(new Uint8Array(18))].map((n) => n.toString(16).padStart(2, '0')).join('');
}

/** An icon from the sprite, beside one that the page already shows. */
export function icon(name) {
  const known = document.querySelector('svg.icon use');
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', (known?.getAttribute('href') ?? '/static/icons.svg#x').replace(/#.*/, '#' + name));
  svg.append(use);
  return svg;
}

export const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? '';

/** A fragment that is shared between people, with one-time values of this screen's own (app/web/one_time.py). */
export function fillPlaces(html) {
  return html.replaceAll('"place-of-a-key"', () => `"${randomKey()}"`).replaceAll('"place-of-a-token"', () => `"${csrfToken()}"`);
}
