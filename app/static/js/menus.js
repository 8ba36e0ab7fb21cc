// Drop-downs made of <details data-menu>, and dialogs opened by data-open-dialog.
document.addEventListener('click', (event) => {
  for (const menu of document.querySelectorAll('details[data-menu][open]')) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const opener = event.target.closest?.('[data-open-dialog]');
  if (opener) {
    event.preventDefault();
    opener.closest('details[data-menu]')?.removeAttribute('open');
    document.getElementById(opener.dataset.openDialog)?.showModal?.();
  }
  event.target.closest?.('[data-close-dialog]')?.closest('dialog')?.close();
});

document.addEventListener('keydown', (event) => {
  const menu = event.target.closest?.('details[data-menu][open]');
  if (!menu) return;
  if (event.key === 'Escape') {
    menu.open = false;
    menu.querySelector('summary').focus();
  } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    const items = [...menu.querySelectorAll('.menu-item')];
    const next = items.indexOf(document.activeElement) + (event.key === 'ArrowDown' ? 1 : -1);
    items[(next + items.length) % items.length]?.focus();
  }
});
