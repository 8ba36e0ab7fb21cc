// Reads a bar or QR code by the tablet's camera, where the browser can; elsewhere the button stays hidden.
import { attach, text } from './attach.js';
import { deliver } from './search.js';
import { toast } from './toast.js';

attach('[data-scan-camera]', (button) => {
  if (!('BarcodeDetector' in window) || !navigator.mediaDevices?.getUserMedia) return;
  button.hidden = false;
  button.addEventListener('click', () => scan(document.querySelector(button.dataset.scanCamera)));
});

async function scan(field) {
  const box = document.createElement('dialog');
  box.className = 'dialog scan-dialog';
  const hint = document.createElement('p');
  hint.textContent = text('scanHint');
  const video = document.createElement('video');
  video.playsInline = true;
  video.muted = true;
  const close = document.createElement('button');
  close.className = 'btn';
  close.textContent = text('close');
  close.addEventListener('click', () => box.close());
  box.append(hint, video, close);
  document.body.append(box);
  let stream = null;
  box.addEventListener('close', () => { stream?.getTracks().forEach((track) => track.stop()); box.remove(); });
  box.showModal();
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    if (!box.open) { stream.getTracks().forEach((track) => track.stop()); return; }
    video.srcObject = stream;
    await video.play();
    const detector = new BarcodeDetector();
    while (box.open) {
      const [found] = await detector.detect(video);
      if (found?.rawValue) { box.close(); deliver(found.rawValue, field); return; }
      await new Promise((done) => setTimeout(done, 150));
    }
  } catch {
    box.close();
    toast(text('cameraRefused'), 'late');
  }
}
