"""What every page that a journey visits is held to: its width, its language, its targets, and axe."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.browser import Device

AXE = Path(__file__).parent / "vendor" / "axe-4.14.1.min.js"
LEAST_TARGET, LEAST_ON_TERMINAL = 44, 56
# Words that a Chinese page shares with the trade; codes (digits in them, or short capitals) are let through anyway.
SHARED_WORDS = frozenset(
    ["km", "mm", "h", "kWh", "English", "Excel", "xlsx", "PDF", "ATF", "yf", "Bluetec", "WeChat", "eL"]
)

_LOOK = """
(terminal) => {
  const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: false });
  const page = document.documentElement;
  const own = page.lang.slice(0, 2);
  const texts = [];
  const note = (element, text) => {
    const lang = element.closest('[lang]').lang.slice(0, 2);
    if (text && text.trim() && lang === own && !element.closest('script, style, template, textarea') && seen(element)) texts.push(text.trim());
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) note(walker.currentNode.parentElement, walker.currentNode.data);
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]'))
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) note(element, element.getAttribute(name));
  texts.push(document.title);
  const chosen = terminal ? '.btn, .pin-key, .person' : '[data-main-action], .btn-main, .btn-primary';
  const targets = [...document.querySelectorAll(chosen)].filter(seen).map((element) => {
    const box = element.getBoundingClientRect();
    return [element.textContent.trim().slice(0, 40), Math.min(box.width, box.height)];
  });
  const wide = [...document.querySelectorAll('body *')].filter((e) => seen(e) && e.getBoundingClientRect().right > page.clientWidth + 1)
    .slice(0, 3).map((e) => `${e.localName}.${e.className}`);
  return { lang: own, over: page.scrollWidth - page.clientWidth, wide, texts, targets };
}
"""
# What overlaps, is cut off or breaks inside a word, and on touch screens what a finger misses.
_CROWDED = """
(least) => {
  const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const faults = new Set();
  const name = (element) => `${element.localName}.${[...element.classList].join('.')} ${JSON.stringify((element.textContent || element.name || '').trim().replace(/\\s+/g, ' ').slice(0, 40))}`;
  const pen = document.createElement('canvas').getContext('2d');
  const range = document.createRange();
  for (const element of document.querySelectorAll('body *')) {
    if (!seen(element) || element.closest('svg, .visually-hidden, .skip-link')) continue;
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    if (box.width < 3 || box.height < 3 || style.clipPath !== 'none') continue;
    if (['auto', 'scroll'].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1 && !element.closest('.rail'))
      faults.add(`scrolls sideways inside the page: ${name(element)}`);
    if (element.matches('.btn, .state, .plate, .choice > span, .rail-label, th, .stat-value') && !element.closest('.board, .wall-list') && element.scrollWidth > element.clientWidth + 1)
      faults.add(`wider than its place: ${name(element)}`);
    if (element.matches('select')) {
      pen.font = style.font;
      const words = element.selectedOptions[0]?.label ?? '';
      if (pen.measureText(words).width > element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) + 1)
        faults.add(`choice is cut off: ${JSON.stringify(words)}`);
    }
    const cell = element.parentElement.closest('td, .panel');
    if (cell && element.matches('.btn, .form-control, .form-select, .state')) {
      const around = cell.getBoundingClientRect();
      if (box.left < around.left - 1 || box.right > around.right + 1) faults.add(`lies over its neighbour: ${name(element)}`);
    }
    for (const node of element.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE) continue;
      for (const word of node.data.matchAll(/[A-Za-z]{3,}/g)) {
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        if (new Set([...range.getClientRects()].map((line) => Math.round(line.top))).size > 1) faults.add(`“${word[0]}” breaks inside the word: ${name(element)}`);
      }
    }
    if (least && element.matches('a[href], button, summary, select, textarea, input:not([type=hidden])')) {
      const label = element.closest('label')?.getBoundingClientRect();
      const [width, height] = [Math.max(box.width, label?.width ?? 0), Math.max(box.height, label?.height ?? 0)];
      if (Math.min(width, height) < least - 0.5) faults.add(`${Math.round(width)} × ${Math.round(height)} px is small for a finger: ${name(element)}`);
    }
  }
  return [...faults];
}
"""
_RUN_AXE = """async () => {
  const found = await axe.run(document, { resultTypes: ['violations'] });
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id} (${rule.impact}): ${node.target.join(' ')} ${node.any.map((c) => c.message).join('; ')}`));
}"""


def english_words(text: str) -> list[str]:
    """Words of ``text`` that a Chinese page should not have."""
    plain = re.sub(r"https?://\S+|\S+@\S+|\S+\.(csv|xlsx)\b", " ", text)
    words = re.findall(r"[A-Za-z0-9][A-Za-z0-9.+/-]*", plain)
    return [
        word
        for word in words
        if re.search(r"[A-Za-z]{2}", word)
        and word not in SHARED_WORDS
        and not re.search(r"\d", word)
        and not (word.isupper() and len(word) <= 5)
    ]


def chinese_runs(text: str) -> list[str]:
    """Chinese words of ``text``; on an English page each must be somebody's or something's name."""
    return re.findall(r"[\u4e00-\u9fff]+", text)


class Inspector:
    """Holds every page to the rules; remembers which kinds of page axe has seen."""

    def __init__(self, is_data: Callable[[str], bool]) -> None:
        self.is_data = is_data
        self.axe_has_seen: set[str] = set()

    def look(self, device: Device, step: str) -> None:
        """Take the step's picture and raise AssertionError with all that is wrong on this screen until now."""
        device.wait_until_ready()  # style sheets hold scripts up: before that nothing has its size
        device.picture(step)
        facts = device.page.evaluate(_LOOK, device.is_terminal)
        faults = [*device.faults, *self._language(device, facts), *_size(device, facts)]
        kind = _kind(device)
        if kind not in self.axe_has_seen:
            self.axe_has_seen.add(kind)
            device.page.evaluate(AXE.read_text())
            faults += [f"axe: {fault}" for fault in device.page.evaluate(_RUN_AXE)]
        device.faults.clear()
        assert not faults, f"{step}, {device.name}, {device.page.url}:\n  " + "\n  ".join(faults)

    def glance(self, device: Device, step: str) -> list[str]:
        """Everything that is wrong with how this screen looks, without axe: for whoever passes by every page."""
        device.wait_until_ready()
        device.picture(step)
        facts = device.page.evaluate(_LOOK, device.is_terminal)
        faults = [*device.faults, *self._language(device, facts), *_size(device, facts), *_crowded(device)]
        device.faults.clear()
        return [f"{step}, {device.name}, {device.language}: {fault}" for fault in faults]

    def _language(self, device: Device, facts: dict[str, Any]) -> list[str]:
        if facts["lang"] != device.language:
            return [f"the page says that it is in {facts['lang']}"]
        if device.language == "zh":
            found = {word: text for text in facts["texts"] for word in english_words(text)}
        else:
            found = {run: text for text in facts["texts"] for run in chinese_runs(text) if not self.is_data(run)}
        return [f"not {device.language}: {word!r} in {text[:80]!r}" for word, text in found.items()]


def _size(device: Device, facts: dict[str, Any]) -> list[str]:
    least = LEAST_ON_TERMINAL if device.is_terminal else LEAST_TARGET
    faults = [f"target {name!r} is {size:.0f} px" for name, size in facts["targets"] if size < least - 0.5]
    if facts["over"] > 0:
        faults.append(f"scrolls sideways by {facts['over']} px: {facts['wide']}")
    return faults


def _crowded(device: Device) -> list[str]:
    found: list[str] = device.page.evaluate(_CROWDED, LEAST_TARGET if device.touch else 0)
    return found


def _kind(device: Device) -> str:
    """The page's kind: its address without numbers and tokens, and the layout that it has there."""
    path = re.sub(r"https?://[^/]+|[?#].*", "", device.page.url)
    path = re.sub(r"/(c|import)/[^/]+", r"/\1/…", path)
    return re.sub(r"[A-Z]{2}-[\d-]+|\d+", "…", path) + (" terminal" if device.is_terminal else "")
