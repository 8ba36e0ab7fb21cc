// The dispatch board: drag a card or bar to a lane, or tap it and tap the place, or use the keys. Posts
// job, technician, start ("YYYY-MM-DDTHH:MM"), version and _key to data-assign-url.
import { announce, attach, fill, randomKey } from './attach.js';

const SLOT_MINUTES = 15;
const DRAG_PX = 8;

attach('[data-board]', (board) => {
  const slots = Number(board.dataset.slots);
  const region = board.closest('[data-live]') ?? board;
  const scope = region.parentElement ?? document;
  const first = board.dataset.first.split(':').map(Number);
  const said = board.dataset;
  let picked = null; // {id, span, car, version}
  let aim = null; // {lane, slot}
  let held = null; // a pointer that may become a drag
  let ghost = null; // the mark on the lane

  const hand = (region.closest('main') ?? document).querySelector('[data-board-hand]');
  const lanes = () => [...board.querySelectorAll('[data-lane]')];
  const area = (lane) => lane.querySelector('[data-slots-area]');
  const element = (id) => scope.querySelector(`[data-job="${CSS.escape(id)}"]`);
  const timeOf = (slot) => {
    const minutes = first[0] * 60 + first[1] + slot * SLOT_MINUTES;
    return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  };

  function slotAt(lane, clientX) {
    const box = area(lane).getBoundingClientRect();
    const slot = Math.floor(((clientX - box.left) / box.width) * slots);
    return Math.max(0, Math.min(slots - Math.min(picked?.span ?? 1, slots), slot));
  }

  function pick(source) {
    const { job, span, car, version } = source.dataset;
    picked = { id: job, span: Number(span) || 4, car: car ?? '', version };
    scope.querySelectorAll('[data-job][aria-pressed="true"]').forEach((other) => other.setAttribute('aria-pressed', 'false'));
    source.setAttribute('aria-pressed', 'true');
    board.classList.add('is-placing');
    showHand(source);
  }

  // What else may be done with it than to place it.
  function showHand(source) {
    if (!hand) return;
    const open = hand.querySelector('[data-hand-open]');
    hand.querySelector('[data-hand-car]').textContent = picked.car;
    open.hidden = !source.dataset.url;
    open.href = source.dataset.url ?? '#';
    hand.querySelector('[data-hand-recall]').hidden = source.dataset.recall === undefined;
    hand.hidden = false;
  }
  hand?.querySelector('[data-hand-cancel]').addEventListener('click', () => letGo(said.textCancelled));
  hand?.querySelector('[data-hand-recall]').addEventListener('click', () => {
    if (!picked) return;
    const values = { job: picked.id, version: picked.version, _key: randomKey() };
    letGo(said.textCancelled);
    htmx.ajax('POST', hand.dataset.recallUrl, { source: board, target: board, swap: 'none', values });
  });

  function letGo(words) {
    picked = null;
    aim = null;
    ghost?.remove();
    ghost = null;
    board.classList.remove('is-placing');
    if (hand) hand.hidden = true;
    scope.querySelectorAll('[data-job][aria-pressed="true"]').forEach((other) => other.setAttribute('aria-pressed', 'false'));
    if (words) announce(words);
  }

  function point(lane, slot) {
    aim = { lane: lane.dataset.lane, slot };
    ghost ??= Object.assign(document.createElement('div'), { className: 'bar-ghost' });
    ghost.className = `bar-ghost gs-${slot} gw-${Math.max(1, Math.min(picked.span, slots - slot))} gr-1`;
    ghost.textContent = timeOf(slot);
    if (ghost.parentElement !== area(lane)) area(lane).append(ghost);
  }

  function drop() {
    const { lane: technician, slot } = aim;
    const lane = lanes().find((other) => other.dataset.lane === technician);
    const { id, car, version } = picked;
    const values = { job: id, technician, start: `${said.date}T${timeOf(slot)}`, _key: randomKey() };
    if (version !== undefined) values.version = version;
    letGo(fill(said.textDropped, { car, who: lane?.dataset.laneName ?? technician, time: timeOf(slot) }));
    element(id)?.classList.add('is-sending');
    // What answers is the live region's business; a refusal is shown by its HX-Retarget.
    Promise.resolve(htmx.ajax('POST', said.assignUrl, { source: board, target: said.assignTarget ?? board, swap: said.assignSwap ?? 'none', values }))
      .finally(() => element(id)?.classList.remove('is-sending'));
  }

  // Pointer: a short press selects, a longer way drags.
  scope.addEventListener('pointerdown', (event) => {
    const source = event.target.closest('[data-job]');
    if (!source || event.button !== 0) return;
    held = { source, id: event.pointerId, x: event.clientX, y: event.clientY, drag: null };
  });
  document.addEventListener('pointermove', (event) => {
    if (!held || event.pointerId !== held.id) return;
    if (!held.drag) {
      if (Math.hypot(event.clientX - held.x, event.clientY - held.y) < DRAG_PX) return;
      pick(held.source);
      held.drag = held.source.cloneNode(true);
      held.drag.removeAttribute('id');
      held.drag.classList.add('drag-shadow');
      held.drag.style.width = `${held.source.getBoundingClientRect().width}px`;
      held.source.classList.add('is-dragging');
      document.body.append(held.drag);
      document.body.classList.add('has-drag');
    }
    held.drag.style.transform = `translate(${event.clientX + 14}px, ${event.clientY + 20}px)`;
    const lane = document.elementFromPoint(event.clientX, event.clientY)?.closest('[data-lane]');
    if (lane && board.contains(lane)) point(lane, slotAt(lane, event.clientX));
    else if (ghost) { ghost.remove(); ghost = null; aim = null; }
  });
  function release(event, cancelled) {
    if (!held || event.pointerId !== held.id) return;
    const { drag, source } = held;
    held = null;
    if (!drag) return;
    drag.remove();
    source.classList.remove('is-dragging');
    document.body.classList.remove('has-drag');
    document.addEventListener('click', swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener('click', swallow, { capture: true }));
    if (aim && !cancelled) drop();
    else letGo(said.textCancelled);
    document.dispatchEvent(new CustomEvent('board:released'));
  }
  const swallow = (event) => { event.preventDefault(); event.stopPropagation(); };
  document.addEventListener('pointerup', (event) => release(event, false));
  document.addEventListener('pointercancel', (event) => release(event, true));

  // Tap-tap.
  scope.addEventListener('click', (event) => {
    if (event.target.closest('a, button, summary')) return;
    const source = event.target.closest('[data-job]');
    if (source) { choose(source); return; }
    const lane = event.target.closest('[data-lane]');
    if (!picked || !lane) return;
    point(lane, slotAt(lane, event.clientX));
    drop();
  });

  function choose(source) {
    if (picked?.id === source.dataset.job) { letGo(said.textCancelled); return; }
    pick(source);
    announce(fill(said.textPicked, { car: picked.car }));
  }

  // Keys: Enter picks up and drops, arrows walk lanes and quarter hours, Escape puts back.
  scope.addEventListener('keydown', (event) => {
    const source = event.target.closest('[data-job]');
    if (picked && event.key === 'Escape') { event.preventDefault(); letGo(said.textCancelled); return; }
    if (!source || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (picked?.id === source.dataset.job && aim) drop();
      else choose(source);
      return;
    }
    const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!picked || !way) return;
    event.preventDefault();
    const all = lanes();
    const own = source.closest('[data-lane]');
    const from = aim ? all.findIndex((lane) => lane.dataset.lane === aim.lane) : Math.max(0, all.indexOf(own)) - (own || way[0] === 0 ? 0 : way[0]);
    const start = aim?.slot ?? Number(/\bgs-(\d+)\b/.exec(source.className)?.[1] ?? 0);
    const lane = all[Math.max(0, Math.min(all.length - 1, from + way[0]))];
    if (!lane) return;
    const slot = Math.max(0, Math.min(slots - Math.min(picked.span, slots), start + way[1] * (event.shiftKey ? 4 : 1)));
    point(lane, slot);
    announce(fill(said.textAt, { who: lane.dataset.laneName, time: timeOf(slot) }));
    lane.scrollIntoView({ block: 'nearest' });
  });

  // After a swap the choice is still made.
  document.addEventListener('live:updated', () => {
    if (!picked) return;
    const source = element(picked.id);
    if (!source) { letGo(); return; }
    source.setAttribute('aria-pressed', 'true');
    board.classList.add('is-placing');
    const lane = aim && lanes().find((other) => other.dataset.lane === aim.lane);
    if (lane) point(lane, aim.slot);
  });
});
