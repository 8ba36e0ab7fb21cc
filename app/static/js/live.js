// Live regions. Server-sent events first; polling when the server says so; visibly stale when nothing is heard.
// <div id data-live="stream" data-live-poll="fragment" data-rev="N" data-live-announce="…">; words in [data-live-status=id].
import { announce, attach, fill, fillPlaces, refresh } from './attach.js';

const SILENCE_MS = 12000;
const POLL_MS = 2000;
const RETRY_STREAM_MS = 60000;
const BACKOFF_MS = [500, 1000, 2000, 4000, 8000, 15000];
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZone: 'Asia/Shanghai' });

const initial = {
  checkbox: (field) => field.checked === field.defaultChecked,
  radio: (field) => field.checked === field.defaultChecked,
  'select-one': (field) => field.selectedIndex === Math.max(0, [...field.options].findIndex((option) => option.defaultSelected)),
};
const untouched = (field) => (initial[field.type] ?? ((other) => other.value === other.defaultValue))(field);

/** True while somebody is in the middle of something inside: picked up, opened or typed. */
function inUse(element) {
  return Boolean(document.querySelector('.is-dragging') || element.querySelector('details[data-holds][open]'))
    || [...element.querySelectorAll('input:not([type=hidden]), select, textarea')].some((field) => !untouched(field));
}

attach('[data-live]', (element) => {
  const status = document.querySelector(`[data-live-status="${element.id}"]`);
  let revision = element.dataset.rev ?? '0';
  let source = null;
  let polling = false;
  let heardAt = performance.now();
  let heardClock = clock.format(new Date());
  let failures = 0;
  let pollTimer, retryTimer, streamTimer;
  let waiting = null; // the newest inside, that came while somebody was in the middle of something
  let signedOut = false;
  let everHeard = false;
  let said = '';

  function withRevision(url) {
    const address = new URL(url, location.href);
    address.searchParams.set('rev', revision);
    return address;
  }

  function heard() {
    heardAt = performance.now();
    heardClock = clock.format(new Date());
    failures = 0;
    everHeard = true;
    signedOut = false;
    show();
  }

  function show() {
    const silent = performance.now() - heardAt > SILENCE_MS || signedOut;
    const state = silent ? 'stale' : !everHeard ? 'waiting' : waiting ? 'held' : polling ? 'polling' : 'live';
    element.classList.toggle('is-stale', silent);
    document.documentElement.classList.toggle('has-stale-board', Boolean(document.querySelector('[data-live].is-stale')));
    if (!status) return;
    status.className = `live-status is-${state}`;
    const words = fill(status.dataset[signedOut ? 'textSignedOut' : `text${state[0].toUpperCase()}${state.slice(1)}`] ?? '', { time: heardClock });
    const line = status.querySelector('span') ?? status;
    if (line.textContent !== words) line.textContent = words;
    // Going stale and coming back is worth saying aloud; every heartbeat is not.
    if (state !== said) {
      if (state === 'stale' || (said === 'stale' && state !== 'waiting')) announce(words);
      said = state;
    }
  }

  function swap(html, newRevision) {
    if (inUse(element)) {
      waiting = [html, newRevision];
      show();
      return;
    }
    waiting = null;
    revision = String(newRevision);
    element.dataset.rev = revision;
    Idiomorph.morph(element, fillPlaces(html), { morphStyle: 'innerHTML', ignoreActiveValue: true });
    htmx.process(element);
    refresh(element);
    element.dispatchEvent(new CustomEvent('live:updated', { bubbles: true, detail: { revision } }));
    const words = element.querySelector('[data-announce]')?.textContent.trim() || element.dataset.liveAnnounce;
    if (words) announce(words);
    show();
  }

  const showWaiting = () => { if (waiting && !inUse(element)) swap(...waiting); };

  function openStream() {
    clearTimeout(streamTimer);
    clearTimeout(retryTimer);
    source?.close();
    const mine = new EventSource(withRevision(element.dataset.live));
    source = mine;
    const alive = () => { if (polling) stopPolling(); heard(); };
    mine.addEventListener('open', () => { if (!polling) heard(); });
    mine.addEventListener('beat', alive);
    mine.addEventListener('reload', () => location.reload());
    mine.addEventListener('board', (event) => {
      alive();
      let data = null;
      try { data = JSON.parse(event.data); } catch { /* bare HTML, its revision is the event's id */ }
      if (data && typeof data.html === 'string') swap(data.html, data.rev ?? event.lastEventId);
      else if (event.data) swap(event.data, event.lastEventId);
    });
    mine.addEventListener('poll', () => { mine.close(); startPolling(); });
    mine.addEventListener('error', () => {
      if (source !== mine) return;
      const refused = mine.readyState === EventSource.CLOSED; // an answer that is no stream: 503, 401, a proxy's page
      mine.close();
      source = null;
      if (refused) startPolling();
      else if (!polling) retryTimer = setTimeout(openStream, BACKOFF_MS[Math.min(failures++, BACKOFF_MS.length - 1)]);
      else streamTimer = setTimeout(openStream, RETRY_STREAM_MS);
    });
  }

  function startPolling() {
    clearTimeout(streamTimer);
    streamTimer = setTimeout(openStream, RETRY_STREAM_MS);
    if (polling) return;
    polling = true;
    poll();
  }

  function stopPolling() {
    polling = false;
    clearTimeout(pollTimer);
  }

  async function poll() {
    clearTimeout(pollTimer);
    try {
      const answer = await fetch(withRevision(element.dataset.livePoll), { headers: { 'HX-Request': 'true' }, signal: AbortSignal.timeout(8000), redirect: 'manual', cache: 'no-store' });
      if (!polling) return;
      if (answer.status === 204) heard();
      else if (answer.status === 200) { const html = await answer.text(); heard(); swap(html, answer.headers.get('X-Revision') ?? revision); }
      else if (answer.status === 401 || answer.status === 403 || answer.type === 'opaqueredirect') { signedOut = true; failures += 1; }
      else failures += 1;
    } catch { failures += 1; }
    show();
    if (polling) pollTimer = setTimeout(poll, failures ? Math.max(POLL_MS, BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)]) : POLL_MS);
  }

  function stop() {
    source?.close();
    source = null;
    stopPolling();
    clearTimeout(retryTimer);
    clearTimeout(streamTimer);
  }

  function resume() {
    if (!element.isConnected || source || polling) return;
    failures = 0;
    openStream();
  }

  // A stream can die without a word (a cable pulled): silence alone must bring a new one.
  const watch = setInterval(() => {
    if (!element.isConnected) { clearInterval(watch); stop(); return; }
    if (document.hidden) return;
    showWaiting();
    show();
    if (!polling && source && performance.now() - heardAt > SILENCE_MS + 3000 * Math.min(10, failures + 1)) {
      failures += 1;
      openStream();
    }
  }, 1000);

  document.addEventListener('board:released', showWaiting);
  element.addEventListener('toggle', showWaiting, true);
  document.addEventListener('visibilitychange', () => { if (document.hidden) stop(); else { resume(); show(); } });
  addEventListener('pagehide', stop);
  addEventListener('pageshow', (event) => { if (event.persisted) resume(); });
  addEventListener('online', () => { stop(); resume(); });
  show();
  openStream();
});
