// Keyboard habits on PCs: Ctrl+Enter saves, "j" and "k" walk a list, Escape leaves a field.
document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    const dialog = document.querySelector('dialog[open]');
    const button = dialog ? dialog.querySelector('[data-main-action]') : document.querySelector('[data-main-action]');
    const form = event.target.closest?.('form');
    if (button && !button.disabled) { event.preventDefault(); button.click(); }
    else if (form && !dialog) { event.preventDefault(); form.requestSubmit(); }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const typing = event.target.matches?.('input:not([type=radio],[type=checkbox]), textarea, select, [contenteditable]');
  if (event.key === 'Escape' && typing && !document.querySelector('dialog[open]')) { event.target.blur(); return; }
  if (typing || document.querySelector('dialog[open]')) return;
  if (event.key === 'j' || event.key === 'k') step(event.key === 'j' ? 1 : -1, event);
});

function step(direction, event) {
  const stops = [...document.querySelectorAll('[data-rows] :is(tbody tr, li)')]
    .map((row) => row.querySelector('a[href], button')).filter((stop) => stop && stop.offsetParent);
  if (!stops.length) return;
  event.preventDefault();
  const row = document.activeElement?.closest('[data-rows] :is(tbody tr, li)');
  const here = row ? stops.findIndex((stop) => row.contains(stop)) : direction > 0 ? -1 : stops.length;
  const next = stops[Math.max(0, Math.min(stops.length - 1, here + direction))];
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
}
