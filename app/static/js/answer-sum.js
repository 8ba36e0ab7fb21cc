// Says beneath a customer's answers what the approved lines come to, while the customer still decides.
import { attach } from './attach.js';

const yuan = (fen) => `¥${(fen / 100).toLocaleString('en-US', { minimumFractionDigits: 2 })}`;

attach('[data-answer-sum]', (shown) => {
  const form = shown.closest('form');
  const tell = () => {
    const chosen = [...form.querySelectorAll('input[data-fen]:checked')];
    shown.textContent = yuan(chosen.reduce((sum, input) => sum + Number(input.dataset.fen), 0));
  };
  form.addEventListener('change', tell);
  tell();
});
