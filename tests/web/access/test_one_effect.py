"""Many at once, and late ones: the last place goes to one, a form sent five times has one effect, a stale save changes nothing."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.appointments.model import Appointment
from app.domain.customers.model import Customer
from app.domain.repair_orders.model import RepairOrder
from app.extensions import db
from app.kernel.clock import FixedClock
from app.kernel.idempotency import IdempotencyKey
from tests.support import cast
from tests.support.orders import broken
from tests.support.page_client import PageClient
from tests.support.shop import Floor, SmallShop, signature, version_in


def at_once(work: Callable[[int], str], threads: int) -> Counter[str]:
    """What came of ``work(0..threads-1)``, all let go in the same moment."""
    gate, ends = threading.Barrier(threads), Counter[str]()

    def run(number: int) -> None:
        gate.wait()
        try:
            ends[work(number)] += 1
        except Exception as error:
            ends[f"bug: {error!r}"] += 1

    running = [threading.Thread(target=run, args=(n,)) for n in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(90)
    return ends


def signed_in(app: Flask, session: Session, clock: FixedClock, who: str) -> str:
    """The cookie value of a session, for browsers that threads make themselves."""
    token = cast.session_token(session, who, clock)
    session.commit()
    return token


def browser_of(app: Flask, token: str) -> PageClient:
    client = PageClient(app, FixedClock(cast.OPENING))
    with client.browser.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    return client


def test_the_last_place_of_a_time_goes_to_one(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop, client: PageClient
) -> None:
    start = (clock.now() + timedelta(days=1, hours=8)).strftime("%Y-%m-%dT%H:%M")
    form = {"vehicle": shop.vehicle, "starts_at": start, "hours": "0.5", "wish": "保养"}
    for _ in (1, 2):  # of three places two are taken
        client.as_("adviser").post("/appointments", form)
    # A fraction of a second is no other time.
    client.post("/appointments", {**form, "starts_at": f"{start}:00.5"}, status=422)
    token = signed_in(app, session, clock, "adviser")

    def book(number: int) -> str:
        return str(
            browser_of(app, token).browser.post("/appointments", data={**form, "_key": f"k{number}"}).status_code
        )

    assert at_once(book, 10) == {"302": 1, "409": 9}
    assert session.execute(select(func.count()).select_from(Appointment)).scalar_one() == 3
    assert broken(session) == []


def test_a_form_sent_five_times_at_once_has_one_effect_and_one_answer(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    token = signed_in(app, session, clock, "adviser")
    base = {"operation": [str(shop.service)], "kind": "minor", "words": "保养"}

    def send(number: int) -> str:
        form = {**base, "_key": f"form {number % 4}", "words": f"保养 {number % 4}"}
        answer = browser_of(app, token).browser.post(f"/vehicles/{shop.vehicle}/orders", data=form)
        return f"{answer.status_code} {number % 4} {answer.headers.get('Location')}"

    ends = at_once(send, 20)
    assert sorted(ends.values()) == [5, 5, 5, 5], ends
    assert all(end.startswith("302") for end in ends)
    assert session.execute(select(func.count()).select_from(RepairOrder)).scalar_one() == 4
    session.rollback()
    other = {**base, "_key": "form 0", "words": "something else"}
    answer = browser_of(app, token).browser.post(f"/vehicles/{shop.vehicle}/orders", data=other)
    assert answer.status_code == 422 and "something else" in answer.get_data(as_text=True)
    assert session.execute(select(func.count()).select_from(RepairOrder)).scalar_one() == 4
    assert broken(session) == []


def test_somebody_elses_key_is_another_key(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop, client: PageClient
) -> None:
    form = {"operation": [str(shop.service)], "kind": "minor", "words": "保养", "_key": "the same"}
    first = client.as_("adviser").post(f"/vehicles/{shop.vehicle}/orders", form).headers["Location"]
    second = client.as_("manager").post(f"/vehicles/{shop.vehicle}/orders", form).headers["Location"]
    assert first != second


def typed(html: str) -> str:
    """The words of a page as the person reads them, with what stands in its fields."""
    return re.sub(r"\s+", " ", html)


def test_a_stale_save_changes_nothing_and_keeps_what_was_typed(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop, client: PageClient
) -> None:
    floor = Floor(client, shop, clock)
    floor.check_in()
    floor.add_job(shop.service)
    job = floor.order().jobs[0].id
    customer, vehicle = f"/customers/{shop.customer}", f"/vehicles/{shop.vehicle}"
    words = "只在这里写过"
    forms = {
        customer: (customer, {"name": "王志澜", "phone": "19900001234", "remark": words}, words),
        vehicle: (vehicle, {"plate": "沪N0E116", "vin": "LE4ZG4CB3LL803910", "colour": words}, words),
        f"{floor.url}/promise": (floor.url, {"promised_at": "2026-11-27T10:00", "reason": words}, None),
        f"{floor.url}/jobs/{job}": (floor.url, {"payer": "goodwill", "discount": "7"}, None),
        f"{floor.url}/estimate": (floor.url, {}, None),
        f"{floor.url}/cancel": (floor.url, {"reason": words}, None),
        f"{floor.url}/sign": (
            f"{floor.url}/sign",
            {f"job-{job}": "approved", "who": words, "signature": signature()},
            words,
        ),
    }
    for path, (page, form, kept) in forms.items():
        seen = version_in(client.as_("adviser").get(page).get_data(as_text=True))
        for stale in (str(int(seen) - 1), str(int(seen) + 1), "", "x"):
            answer = client.post(path, {**form, "version": stale}, status=409)
            if kept:
                assert kept in typed(answer.get_data(as_text=True)), path
        assert version_in(client.get(page).get_data(as_text=True)) == seen, path
    with app.app_context():
        engine = db.engine
    with Session(engine) as now:
        assert now.get_one(Customer, shop.customer).remark == ""
        assert floor.order().jobs[0].discount_permille == 0 and floor.order().state == "checked_in"


def test_of_ten_who_save_the_same_page_one_wins(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop, client: PageClient
) -> None:
    page = f"/customers/{shop.customer}"
    version = version_in(client.as_("adviser").get(page).get_data(as_text=True))
    token = signed_in(app, session, clock, "adviser")

    def save(number: int) -> str:
        form = {"name": "王志澜", "phone": "19900001234", "remark": f"备注 {number}", "version": version}
        answer = browser_of(app, token).browser.post(page, data=form)
        kept = answer.status_code == 302 or f"备注 {number}" in answer.get_data(as_text=True)
        return f"{answer.status_code} {'kept' if kept else 'lost'}"

    assert at_once(save, 10) == {"302 kept": 1, "409 kept": 9}
    # the column, not the object: the session may still hold the customer as the shop was opened with
    stored = session.scalar(select(Customer.version).where(Customer.id == shop.customer))
    assert stored == int(version) + 1


def test_a_link_to_the_customer_is_not_kept_for_a_second_sender(
    app: Flask, session: Session, client: PageClient, clock: FixedClock, shop: SmallShop
) -> None:
    floor = Floor(client, shop, clock)
    floor.check_in()
    floor.add_job(shop.service)
    floor.give_estimate()
    form = {"version": floor.version(), "_key": "asked-once"}
    link = client.post(f"{floor.url}/questions", form, status=200).get_data(as_text=True)
    token = re.search(r"/c/([\w-]{20,})", link)[1]  # type: ignore[index]
    assert client.post(f"{floor.url}/questions", form, status=303).headers["Location"] == floor.url
    kept = session.scalars(select(IdempotencyKey.body)).all()
    session.rollback()
    assert kept and not any(token in body for body in kept)


def test_of_two_contents_under_one_key_one_has_its_effect(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    token = signed_in(app, session, clock, "adviser")

    def send(number: int) -> str:
        form = {"operation": [str(shop.service)], "kind": "minor", "words": f"保养 {number % 2}", "_key": "one key"}
        answer = browser_of(app, token).browser.post(f"/vehicles/{shop.vehicle}/orders", data=form)
        return f"{answer.status_code} {number % 2} {answer.headers.get('Location', '')}"

    ends = at_once(send, 12)
    assert sorted((end[:3], count) for end, count in ends.items()) == [("302", 6), ("422", 6)], ends
    assert session.execute(select(func.count()).select_from(RepairOrder)).scalar_one() == 1


def test_a_form_that_was_refused_may_be_sent_again_under_its_key(
    app: Flask, session: Session, clock: FixedClock, shop: SmallShop, client: PageClient
) -> None:
    floor = Floor(client, shop, clock)
    floor.check_in()
    token = signed_in(app, session, clock, "adviser")
    form = {"version": floor.version(), "_key": "refused at first"}

    def send(_number: int) -> str:
        return str(browser_of(app, token).browser.post(f"{floor.url}/estimate", data=form).status_code)

    assert at_once(send, 8) == {"409": 8}  # no job on it yet
    assert session.scalars(select(IdempotencyKey.key).where(IdempotencyKey.key.contains("refused"))).all() == []
    session.rollback()
    floor.add_job(shop.service)
    form["version"] = floor.version()
    assert at_once(send, 8) == {"302": 8}  # one does it, the others get its answer: a second estimate would be refused
    assert floor.order().state == "estimated"
