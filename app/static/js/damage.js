// Damage on the drawing of a car: choose the kind, tap the place. Marks can be dragged, undone, photographed, described.
// The truth is the JSON in the hidden input, so a refused form shows the same marks again.
import { announce, attach, fill, refresh, text } from './attach.js';

const SVG = 'http://www.w3.org/2000/svg';
const STEP = 20;

attach('[data-damage]', (root) => {
  const field = root.querySelector('[data-damage-value]');
  const picture = root.querySelector('[data-damage-picture]');
  const svg = picture.querySelector('svg');
  const layer = svg.querySelector('[data-damage-marks]');
  const cross = svg.querySelector('[data-damage-cross]');
  const list = root.querySelector('[data-damage-list]');
  const template = root.querySelector('template[data-damage-row]');
  const undoButton = root.querySelector('[data-damage-undo]');
  const words = JSON.parse(root.dataset.words);
  const kinds = new Map(JSON.parse(root.dataset.kinds));
  let marks = [];
  let history = [];
  let next = 1;
  let size = 1; // on a narrow screen the marks grow, so that their numbers stay readable

  const views = [...svg.querySelectorAll('[data-view] > rect')].map((rect) => ({
    name: rect.parentNode.dataset.view, x: +rect.getAttribute('x'), y: +rect.getAttribute('y'), w: +rect.getAttribute('width'), h: +rect.getAttribute('height'),
  }));
  const viewAt = (x, y) => views.find((v) => x >= v.x && x <= v.x + v.w && y >= v.y && y <= v.y + v.h)?.name;
  const kindNow = () => root.querySelector('[data-damage-kind]:checked')?.value ?? 'other';

  function point(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [Math.round(Math.min(1000, Math.max(0, at.x))), Math.round(Math.min(600, Math.max(0, at.y)))];
  }

  function save() {
    field.value = JSON.stringify(marks.map(({ x, y, view, kind, note, photo_field, photo_ids }) => ({ x, y, view, kind, note, photo_field, photo_ids })));
    field.dispatchEvent(new Event('input', { bubbles: true }));
    undoButton.disabled = history.length === 0;
    root.querySelector('[data-damage-none]').hidden = marks.length > 0;
  }

  function add(x, y, given = {}) {
    const view = given.view ?? viewAt(x, y);
    if (!view) return null;
    const number = next++;
    const mark = { x, y, view, kind: given.kind ?? kindNow(), note: given.note ?? '', photo_field: given.photo_field ?? `${field.name}_photo_${number}`, photo_ids: given.photo_ids ?? [] };
    mark.sign = sign();
    mark.row = row(mark);
    marks.push(mark);
    draw();
    return mark;
  }

  function sign() {
    const group = document.createElementNS(SVG, 'g');
    group.setAttribute('class', 'damage-mark');
    const disc = document.createElementNS(SVG, 'circle');
    disc.setAttribute('r', '17');
    disc.setAttribute('fill', '#a11616');
    disc.setAttribute('stroke', '#fff');
    disc.setAttribute('stroke-width', '3');
    const label = document.createElementNS(SVG, 'text');
    label.setAttribute('y', '7');
    label.setAttribute('fill', '#fff');
    group.append(disc, label);
    layer.append(group);
    return group;
  }

  function row(mark) {
    const item = template.content.firstElementChild.cloneNode(true);
    const part = (name) => item.querySelector(name);
    part('.damage-kind').value = mark.kind;
    part('.damage-kind').addEventListener('change', (event) => { mark.kind = event.target.value; save(); });
    part('.damage-note').value = mark.note;
    part('.damage-note').addEventListener('input', (event) => { mark.note = event.target.value; save(); });
    part('.damage-remove').addEventListener('click', () => { remove(mark); history = history.filter((other) => other !== mark); save(); picture.focus(); announce(words.removed); });
    const photo = part('.damage-photo');
    if (root.dataset.photosAllowed) {
      const input = photo.querySelector('input');
      input.name = mark.photo_field;
      input.id = mark.photo_field;
      photo.querySelector('label').htmlFor = input.id;
      photo.addEventListener('photos:changed', (event) => { mark.photo_ids = event.detail.ids; save(); });
      photo.querySelector('[data-thumbs]').append(...mark.photo_ids.map(thumb));
    } else photo.remove();
    item.addEventListener('focusin', () => mark.sign.classList.add('is-current'));
    item.addEventListener('focusout', () => mark.sign.classList.remove('is-current'));
    list.append(item);
    refresh(item);
    return item;
  }

  // A photo that the server has already: a refused form shows it again.
  function thumb(id) {
    const item = document.createElement('li');
    item.className = 'thumb is-stored';
    item.dataset.photoId = id;
    const image = document.createElement('img');
    image.src = `${root.dataset.uploadUrl}/${id}`;
    image.alt = '';
    item.append(image);
    return item;
  }

  function draw() {
    marks.forEach((mark, index) => {
      const number = index + 1;
      mark.sign.setAttribute('transform', `translate(${mark.x} ${mark.y}) scale(${size})`);
      mark.sign.querySelector('text').textContent = number;
      mark.row.querySelector('.damage-number').textContent = number;
      mark.row.querySelector('.damage-view').textContent = words[mark.view];
      mark.row.querySelector('.damage-kind').setAttribute('aria-label', fill(words.kind, { number }));
      mark.row.querySelector('.damage-note').setAttribute('aria-label', fill(words.note, { number }));
      mark.row.querySelector('.damage-remove').setAttribute('aria-label', fill(words.remove, { number }));
      mark.row.querySelector('.damage-photo input')?.setAttribute('aria-label', fill(words.photo, { number }));
    });
    save();
  }

  function remove(mark) {
    marks = marks.filter((other) => other !== mark);
    mark.sign.remove();
    mark.row.remove();
    draw();
  }

  function place(x, y) {
    const mark = add(x, y);
    if (!mark) return;
    history.push(mark);
    save();
    announce(fill(words.added, { number: marks.length, kind: kinds.get(mark.kind), view: words[mark.view] }));
  }

  // A tap marks; a drag that starts on a mark moves it.
  let held = null;
  svg.addEventListener('pointerdown', (event) => {
    const group = event.target.closest('.damage-mark');
    held = { mark: marks.find((mark) => mark.sign === group), x: event.clientX, y: event.clientY, moved: false };
    if (held.mark) svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener('pointermove', (event) => {
    if (!held) return;
    held.moved ||= Math.hypot(event.clientX - held.x, event.clientY - held.y) > 10;
    if (!held.mark || !held.moved) return;
    const [x, y] = point(event);
    const view = viewAt(x, y);
    if (view) { Object.assign(held.mark, { x, y, view }); draw(); }
  });
  svg.addEventListener('pointerup', (event) => {
    if (held && !held.moved) {
      if (held.mark) held.mark.row.querySelector('.damage-note').focus();
      else place(...point(event));
    }
    held = null;
  });
  svg.addEventListener('pointercancel', () => { held = null; });

  // Keyboard: a cross walks over the drawing.
  let aim = [500, 420];
  const moveCross = () => { cross.setAttribute('visibility', 'visible'); cross.setAttribute('transform', `translate(${aim[0]} ${aim[1]})`); };
  picture.addEventListener('keydown', (event) => {
    const by = event.shiftKey ? STEP / 4 : STEP;
    const way = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] }[event.key];
    if (way) {
      event.preventDefault();
      aim = [Math.min(1000, Math.max(0, aim[0] + way[0])), Math.min(600, Math.max(0, aim[1] + way[1]))];
      moveCross();
    } else if ((event.key === 'Enter' && !event.ctrlKey && !event.metaKey) || event.key === ' ') {
      event.preventDefault();
      place(...aim);
    }
  });
  picture.addEventListener('focus', () => { if (picture.matches(':focus-visible')) moveCross(); });
  picture.addEventListener('blur', () => cross.setAttribute('visibility', 'hidden'));

  undoButton.addEventListener('click', () => {
    const mark = history.pop();
    if (mark) { remove(mark); announce(words.removed); }
  });

  new ResizeObserver(() => {
    const wanted = Math.min(2.6, Math.max(1, 0.8 / (svg.getScreenCTM()?.a || 1)));
    if (Math.abs(wanted - size) > 0.05) { size = wanted; draw(); }
  }).observe(svg);

  let stored = [];
  try { stored = JSON.parse(field.value || '[]'); } catch { stored = []; }
  for (const mark of Array.isArray(stored) ? stored : []) add(Number(mark.x) || 0, Number(mark.y) || 0, mark);
  save();
});
