// Photos: shrunk to 2000 px JPEG before they travel, shown as thumbnails, added to rather than replaced.
// With data-upload-url each is sent at once; what could not be sent stays in the input and goes with the form.
import { attach, csrfToken, icon, text } from './attach.js';
import { toast } from './toast.js';

const LONGEST = 2000;
const SMALL_ENOUGH = 1_500_000;
const TRIES = 3;

/** The photo as a JPEG of at most 2000 px, or null when it is no picture. */
async function shrink(file) {
  let picture;
  try { picture = await createImageBitmap(file, { imageOrientation: 'from-image' }); } catch { return null; }
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  if (scale === 1 && file.type === 'image/jpeg' && file.size < SMALL_ENOUGH) { picture.close(); return file; }
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  const paper = canvas.getContext('2d');
  paper.fillStyle = '#fff';
  paper.fillRect(0, 0, canvas.width, canvas.height);
  paper.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.85));
  return blob && new File([blob], file.name.replace(/\.\w+$/, '') + '.jpg', { type: 'image/jpeg' });
}

function send(url, file, onProgress) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append('photo', file);
    request.open('POST', url);
    request.setRequestHeader('X-CSRFToken', csrfToken());
    request.upload.onprogress = (event) => onProgress(event.loaded / (event.total || 1));
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) { try { done(JSON.parse(request.responseText).id); return; } catch { /* falls through */ } }
      failed(request.status);
    };
    request.onerror = () => failed(0);
    request.send(form);
  });
}

async function sendWithPatience(url, file, onProgress) {
  for (let attempt = 1; ; attempt += 1) {
    try { return await send(url, file, onProgress); } catch (status) {
      if (attempt >= TRIES || (status >= 400 && status < 500)) return null;
      await new Promise((done) => setTimeout(done, attempt * 1500));
    }
  }
}

attach('[data-photos]', (box) => {
  const input = box.querySelector('input[type=file]');
  const thumbs = box.querySelector('[data-thumbs]');
  const uploadUrl = box.dataset.uploadUrl ?? box.closest('[data-upload-url]')?.dataset.uploadUrl;
  let files = [];

  const sync = () => {
    const holder = new DataTransfer();
    for (const file of files) holder.items.add(file);
    input.files = holder.files;
    box.dispatchEvent(new CustomEvent('photos:changed', { bubbles: true, detail: { ids: ids() } }));
  };
  const ids = () => [...thumbs.querySelectorAll('[data-photo-id]')].map((thumb) => thumb.dataset.photoId);

  function show(file) {
    const item = document.createElement('li');
    item.className = 'thumb';
    const image = document.createElement('img');
    image.src = URL.createObjectURL(file);
    image.alt = file.name;
    image.addEventListener('load', () => URL.revokeObjectURL(image.src), { once: true });
    const drop = document.createElement('button');
    drop.type = 'button';
    drop.className = 'btn-icon thumb-remove';
    drop.setAttribute('aria-label', `${text('remove')} ${file.name}`);
    drop.append(icon('x'));
    drop.addEventListener('click', () => { files = files.filter((other) => other !== file); item.remove(); sync(); });
    item.append(image, drop);
    thumbs.append(item);
    return item;
  }

  async function upload(file, item) {
    const bar = document.createElement('progress');
    bar.setAttribute('aria-label', text('sending'));
    item.dataset.uploading = '';
    item.append(bar);
    const id = await sendWithPatience(uploadUrl, file, (part) => { bar.value = part; });
    delete item.dataset.uploading;
    bar.remove();
    if (id === null || id === undefined) { item.classList.add('is-waiting'); return; }
    files = files.filter((other) => other !== file);
    item.dataset.photoId = id;
    item.classList.add('is-stored');
    if (box.dataset.name) {
      const field = document.createElement('input');
      field.type = 'hidden';
      field.name = `${box.dataset.name}_id`;
      field.value = id;
      item.append(field);
    }
    sync();
  }

  input.addEventListener('change', async () => {
    const chosen = [...input.files];
    if (!input.multiple) { files = []; thumbs.replaceChildren(); }
    const ready = [];
    for (const file of chosen) {
      const small = await shrink(file);
      if (small) { files.push(small); ready.push([small, show(small)]); } else toast(text('notPicture'), 'late');
    }
    sync();
    if (uploadUrl) for (const [file, item] of ready) await upload(file, item);
  });
});
