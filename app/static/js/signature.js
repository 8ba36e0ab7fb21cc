// Signatures: drawn with a finger, kept through rotation, restored from the hidden input after a refused form.
import SignaturePad from '../vendor/signature_pad-5.1.4.min.js';
import { attach } from './attach.js';

attach('canvas[data-signature]', (canvas) => {
  const area = canvas.closest('.signature-area');
  const input = area.querySelector('input[type=hidden]');
  const hint = area.querySelector('.signature-hint');
  const pad = new SignaturePad(canvas, { penColor: '#0b1626', minWidth: 0.8, maxWidth: 2.8, throttle: 8 });
  let width = 0;
  let restored = null;

  function keep() {
    input.value = pad.isEmpty() && !restored ? '' : canvas.toDataURL('image/png');
    input.dispatchEvent(new Event('input', { bubbles: true }));
    mark();
  }
  function mark() { area.classList.toggle('is-signed', Boolean(input.value)); if (hint) hint.hidden = Boolean(input.value); }

  // A canvas forgets its picture when its size changes: draw the strokes again at the new scale.
  function fit() {
    const box = canvas.getBoundingClientRect();
    if (!box.width || Math.abs(box.width - width) < 1) return;
    const scale = width ? box.width / width : 1;
    const strokes = pad.toData();
    for (const stroke of strokes) for (const point of stroke.points) { point.x *= scale; point.y *= scale; }
    width = box.width;
    const ratio = Math.min(2, Math.max(1, devicePixelRatio || 1));
    canvas.width = Math.round(box.width * ratio);
    canvas.height = Math.round(box.height * ratio);
    canvas.getContext('2d').scale(ratio, ratio);
    pad.clear();
    if (restored) draw(restored, box);
    if (strokes.length) pad.fromData(strokes, { clear: false });
  }
  function draw(picture, box) {
    const size = Math.min(box.width / picture.width, box.height / picture.height);
    canvas.getContext('2d').drawImage(picture, 0, 0, picture.width * size, picture.height * size);
  }

  // What was missing is there now: the complaint of the last try goes.
  pad.addEventListener('beginStroke', () => {
    area.classList.remove('is-invalid');
    area.closest('.field')?.classList.remove('is-invalid', 'has-error');
    area.parentElement.querySelector('.field-error')?.remove();
  }, { once: true });
  pad.addEventListener('endStroke', keep);
  area.querySelector('[data-signature-clear]').addEventListener('click', () => { restored = null; pad.clear(); keep(); });
  new ResizeObserver(fit).observe(canvas);
  fit();
  mark();

  // The policy forbids data: pictures, so the stored text becomes a blob first.
  const stored = /^data:image\/png;base64,([A-Za-z0-9+/=]+)$/.exec(input.value);
  if (stored) {
    const bytes = Uint8Array.from(atob(stored[1]), (letter) => letter.charCodeAt(0));
    createImageBitmap(new Blob([bytes], { type: 'image/png' })).then((picture) => {
      restored = picture;
      draw(picture, canvas.getBoundingClientRect());
    }, () => { input.value = ''; mark(); });
  }
});
