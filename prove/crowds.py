"""Many at once on the running server: the last place, a form sent five times, five hundred late saves."""

from __future__ import annotations

import re
import threading
from collections import Counter
from datetime import timedelta

from sqlalchemy import func, select

from app.domain.appointments.model import Appointment
from app.domain.customers.model import Customer
from app.domain.repair_orders.model import RepairOrder
from app.kernel.clock import shanghai
from prove.client import crowd
from prove.ground import Ground, Line


def last_slot(ground: Ground, line: Line) -> None:
    """Of three places two are taken; 1,000 requests over 50 connections want the third."""
    ground.start()
    adviser = ground.browser("adviser")
    day = shanghai(ground.now) + timedelta(days=1)
    form = {"vehicle": ground.shop.vehicle, "starts_at": f"{day:%Y-%m-%d}T10:00", "hours": "0.1", "wish": "x"}
    for number in (1, 2):
        adviser.post("/appointments", {**form, "_key": f"first {number}"})

    def book(number: int) -> Counter[str]:
        mine = adviser.twin()
        return Counter(str(mine.post("/appointments", {**form, "_key": f"{number} {n}"}).status) for n in range(20))

    ends = crowd(50, book)
    line("won", ends.pop("302", 0), 1)
    line("refused", ends.pop("409", 0), 999)
    line("other", dict(ends) or 0, 0)
    with ground.session() as session:
        line("booked", session.execute(select(func.count()).select_from(Appointment)).scalar_one(), 3)
    line("errors", ground.errors(), 0)
    line("broken", ground.broken(), 0)


def double_submit(ground: Ground, line: Line) -> None:
    """200 forms, each sent by five at once; then each key once more with another body."""
    ground.start()
    adviser, forms = ground.browser("adviser"), 200
    path, operation = f"/vehicles/{ground.shop.vehicle}/orders", ground.shop.service
    answers: dict[int, list[str]] = {number: [] for number in range(forms)}
    gate = threading.Barrier(5)

    def form(number: int, words: str) -> dict[str, object]:
        return {"operation": operation, "kind": "minor", "words": words, "_key": f"form {number}"}

    def send(_number: int) -> Counter[str]:
        mine = adviser.twin()
        for number in range(forms):
            gate.wait()
            answer = mine.post(path, form(number, f"words {number}"))
            answers[number].append(f"{answer.status} {answer.location}")
        return Counter()

    bugs = crowd(5, send)
    with ground.session() as session:
        line("documents", session.execute(select(func.count()).select_from(RepairOrder)).scalar_one(), forms)
    equal = [len(set(given)) == 1 and given[0].startswith("302") for given in answers.values()]
    line("equal_answers", sum(equal), forms)
    line("different_documents", len({given[0] for given in answers.values()}), forms)
    other = Counter(adviser.post(path, form(number, "other words")).status for number in range(forms))
    line("other_body_422", other[422], forms)
    with ground.session() as session:
        line("documents_after", session.execute(select(func.count()).select_from(RepairOrder)).scalar_one(), forms)
    line("errors", ground.errors() + sum(bugs.values()), 0)
    line("broken", ground.broken(), 0)


def lost_update(ground: Ground, line: Line) -> None:
    """Somebody saves; then 500 who had the page open before."""
    ground.start()
    adviser, page = ground.browser("adviser"), f"/customers/{ground.shop.customer}"
    seen = re.search(r'name="version" value="(\d+)"', adviser.get(page).body)
    assert seen is not None
    form = {"name": "王志澜", "phone": "19900001234", "version": seen[1]}
    adviser.post(page, {**form, "remark": "the first to save"})

    def save(number: int) -> Counter[str]:
        mine, found = adviser.twin(), Counter[str]()
        for n in range(20):
            words = f"typed {number}-{n}."
            answer = mine.post(page, {**form, "remark": words})
            found[str(answer.status)] += 1
            found["kept"] += words in answer.body
        return found

    ends = crowd(25, save)
    line("409", ends["409"], 500)
    line("input_kept", ends["kept"], 500)
    with ground.session() as session:
        customer = session.get_one(Customer, ground.shop.customer)
        line("changed", int(customer.remark != "the first to save"), 0)
        line("version", customer.version, int(seen[1]) + 1)
    line("errors", ground.errors(), 0)
    line("broken", ground.broken(), 0)
