// data-confirm="What will happen": asks in a dialog before a button, a link or a form does it.
const dialog = document.getElementById('confirm-dialog');
const agreed = new WeakSet();

function ask(source, go) {
  const title = dialog.querySelector('#confirm-title');
  const yes = dialog.querySelector('[data-confirm-go]');
  dialog.querySelector('[data-confirm-text]').textContent = source.dataset.confirm;
  title.textContent = source.dataset.confirmTitle || title.dataset.fallback;
  yes.textContent = source.dataset.confirmOk || yes.dataset.fallback;
  const danger = 'confirmDanger' in source.dataset;
  yes.classList.toggle('btn-danger', danger);
  yes.classList.toggle('is-solid', danger);
  yes.classList.toggle('btn-primary', !danger);
  dialog.returnValue = 'cancel';
  dialog.addEventListener('close', () => {
    if (dialog.returnValue !== 'ok') { source.focus?.(); return; }
    agreed.add(source);
    go();
    setTimeout(() => agreed.delete(source));
  }, { once: true });
  dialog.showModal();
  // A glove's second tap must not agree by accident: the safe answer has the focus.
  dialog.querySelector('[data-confirm-cancel]').focus();
}

if (dialog) {
  document.addEventListener('click', (event) => {
    const source = event.target.closest?.('[data-confirm]');
    if (!source || source.localName === 'form' || agreed.has(source)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(source, () => source.click());
  }, true);
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!form.dataset?.confirm || agreed.has(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    ask(form, () => form.requestSubmit(submitter ?? undefined));
  }, true);
}
