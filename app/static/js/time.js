// Times in words near now, in the page's language; the plain time stays as the title. Clocks and count-downs too.
import { attach } from './attach.js';

const language = document.documentElement.lang || 'zh-CN';
const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: language.startsWith('zh') ? 'long' : 'short' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Shanghai' });
const dayOf = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone: 'Asia/Shanghai' });

function show(element) {
  const at = new Date(element.dateTime);
  if (Number.isNaN(at.getTime())) return;
  element.title ||= element.textContent.trim();
  const minutes = Math.round((at - Date.now()) / 60000);
  const days = Math.round((Date.parse(dayOf.format(at)) - Date.parse(dayOf.format(new Date()))) / 86400000);
  let said;
  if (element.dataset.relative === 'since' && minutes <= 0) said = length(-minutes);
  else if (Math.abs(minutes) < 60) said = words.format(minutes, 'minute');
  else if (days === 0) said = clock.format(at);
  else if (Math.abs(days) <= 1) said = `${words.format(days, 'day')} ${clock.format(at)}`;
  else return;
  if (element.textContent !== said) element.textContent = said;
}

const length = (minutes) => `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;

attach('time[data-relative]', show);
attach('[data-clock]', tick);
attach('[data-countdown]', countdown);

function tick(element) { element.textContent = clock.format(new Date()); }
function countdown(element) {
  const left = Math.max(0, Math.round((new Date(element.dataset.countdown) - Date.now()) / 1000));
  element.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
}

setInterval(() => {
  document.querySelectorAll('[data-clock]').forEach(tick);
  document.querySelectorAll('[data-countdown]').forEach(countdown);
}, 1000);
setInterval(() => document.querySelectorAll('time[data-relative]').forEach(show), 20000);
document.addEventListener('live:updated', (event) => event.target.querySelectorAll('time[data-relative]').forEach(show));

// Paper outlives "in 25 min": it gets the absolute time.
addEventListener('beforeprint', () => document.querySelectorAll('time[data-relative]').forEach((element) => { element.textContent = element.title || element.textContent; }));
addEventListener('afterprint', () => document.querySelectorAll('time[data-relative]').forEach(show));
