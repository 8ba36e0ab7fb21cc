"""kill -9 of the running server under mixed load: what was acknowledged is there, once, and the portal is up again at once."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import Counter
from typing import Any

from sqlalchemy import select

from app.domain.repair_orders.model import RepairOrder
from app.domain.stock.model import StockMovement
from prove.client import Browser
from prove.ground import Ground, Line

WRITERS = 6
PER_KILL = 5  # acknowledged between two kills, at least


class Writer(threading.Thread):
    """Sends one form after the other, each until it is answered; a lost connection is answered by the same form again."""

    def __init__(self, ground: Ground, people: dict[str, Browser], number: int) -> None:
        super().__init__(daemon=True)
        self.ground, self.people = ground, {who: browser.twin() for who, browser in people.items()}
        self.number, self.ending = number, threading.Event()
        self.acknowledged: dict[str, str] = {}  # words of the form → what it made
        self.odd: Counter[str] = Counter()
        self.again = 0

    def run(self) -> None:
        """Until told to end; the last form is answered before."""
        for n in itertools.count():
            if self.ending.is_set():
                return
            self._send(f"w{self.number}-{n}", n % 3 == 2)

    def _send(self, words: str, goods: bool) -> None:
        shop = self.ground.shop
        who, path, form = "adviser", f"/vehicles/{shop.vehicle}/orders", {"operation": shop.service, "words": words}
        if goods:
            form = {"bin": "K-1", "quantity": "1", "price": "1.13", "reason": words}
            who, path = "manager", f"/parts/{shop.headlight}/receipts"  # at a price of his own
        while True:
            answer = self.people[who].post(path, {**form, "_key": words})
            if answer.status == 302 and "/auth/" not in answer.location:
                self.acknowledged[words] = answer.location
                return
            if answer.status in {0, 503}:  # down, or busy
                self.again += 1
                time.sleep(0.05)
                continue
            self.odd[f"{answer.status} {answer.location}"] += 1
            return


def kill9(ground: Ground, line: Line) -> None:
    """20 kills (200 with --full); then every acknowledged write is looked for."""
    kills, dice = (200 if ground.full else 20), random.Random(9)
    ground.start()
    people: dict[str, Browser] = {who: ground.browser(who) for who in ("adviser", "manager")}
    writers = [Writer(ground, people, number) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    times: list[float] = []
    for _ in range(kills):
        begun = sum(len(writer.acknowledged) for writer in writers)
        deadline = time.monotonic() + 15
        while sum(len(w.acknowledged) for w in writers) < begun + PER_KILL and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(dice.uniform(0, 0.3))  # the load runs; when the blow falls is left to chance
        ground.kill()
        times.append(ground.start())
    for writer in writers:
        writer.ending.set()
    for writer in writers:
        writer.join(90)
    ground.stop()
    acknowledged: dict[str, Any] = {}
    for writer in writers:
        acknowledged |= writer.acknowledged
    with ground.session() as session:
        orders = Counter(session.scalars(select(RepairOrder.words)))
        numbers = dict(session.execute(select(RepairOrder.words, RepairOrder.number)).tuples().all())
        goods = Counter(session.scalars(select(StockMovement.reason).where(StockMovement.source == "receipt")))
    made = orders + goods
    line("kills", len(times), kills)
    line("acknowledged", len(acknowledged), f">={kills * PER_KILL}")
    line("sent_again", sum(writer.again for writer in writers), ">=1")
    line("lost", sum(made[words] == 0 for words in acknowledged), 0)
    line("double", sum(count > 1 for count in made.values()), 0)
    line("unasked", sum(words not in acknowledged for words in made), 0)
    line("misnamed", sum(not where.endswith(numbers[w]) for w, where in acknowledged.items() if w in numbers), 0)
    line("odd_answers", sum((writer.odd for writer in writers), Counter()).total(), 0)
    line("up_again_seconds_max", max(times), "<=5")
    line("broken", ground.broken(), 0)
