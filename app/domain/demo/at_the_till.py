"""The history's deeds at the till and after: settlement, money, handover, calls."""

from __future__ import annotations

import random

from app.domain.billing.operations import RECEIVABLE
from app.domain.demo.books import Books
from app.domain.demo.opening_days import DAY, day_text, stamp
from app.domain.demo.plan import CallMade, Payment, Visit, Who
from app.domain.repair_orders.states import Payer
from app.kernel import audit
from app.kernel.money import split_vat


class Till:
    """What cashier, adviser and customer care do when the car is ready."""

    def __init__(
        self, books: Books, dice: random.Random, cashiers: list[Who], carers: list[Who], managers: list[Who]
    ) -> None:
        self.books, self.dice = books, dice
        self.cashiers, self.carers, self.managers = cashiers, carers, managers

    def settle(self, visit: Visit, at: int) -> None:
        """One settlement per payer, each copied from the order's lines."""
        who = self.dice.choice(self.cashiers)
        self.books.move_order(visit, "settle", at, who)
        for payer in Payer:
            rows = self._lines_of(visit, payer)
            if rows:
                self._settlement(visit, payer, rows, at, who)

    def _lines_of(self, visit: Visit, payer: Payer) -> list[tuple[object, ...]]:
        rows: list[tuple[object, ...]] = []
        for task in visit.done():
            work = task.work
            if task.payer is payer and (work.hours_centi or task.amount_fen):
                price = (work.rate_fen, task.permille, task.amount_fen)
                rows.append(("labour", task.id, work.code, work.name, work.hours_centi, None, "", *price, None))
            for line in task.lines:
                if line.payer is payer:
                    part = line.part
                    price = (line.price_fen, line.permille, line.amount_fen)
                    facts = (line.id, part.number, part.name, None, line.milli, part.unit, *price, part.origin)
                    rows.append(("part", *facts))
        return rows

    def _settlement(self, visit: Visit, payer: Payer, rows: list[tuple[object, ...]], at: int, who: Who) -> None:
        books, is_customer = self.books, payer is Payer.CUSTOMER
        id_, number = books.new_id("settlement"), books.number("ST", at // DAY)
        labour = sum(int(str(row[9])) for row in rows if row[0] == "labour")
        material = sum(int(str(row[9])) for row in rows if row[0] == "part")
        total = labour + material
        net, tax = split_vat(total)
        # A receivable is on credit from the first moment; the customer's credit is allowed before the car leaves.
        on_credit = stamp(at) if payer in RECEIVABLE else stamp(visit.delivered - 200) if visit.credit else None
        by = who.name if payer in RECEIVABLE else self.managers[0].name if on_credit else ""
        customer = visit.car.owner if is_customer else None
        sums = (labour, material, 0, net, tax, total)
        books.settlements.append(
            (id_, number, visit.id, payer.value, customer, *sums, stamp(at), who.name, "", on_credit, by)
        )
        for position, row in enumerate(rows, 1):
            books.settlement_lines.append((books.new_id("settlement_line"), id_, position, *row))
        if is_customer:
            visit.settlement = id_
        details = audit.details_text({"number": number, "total": total})
        books.note(at, who, "settlement.issue", f"order:{visit.id}", details)

    def credit(self, visit: Visit, at: int) -> None:
        """A firm pays later."""
        details = audit.details_text({"open": visit.share(Payer.CUSTOMER)})
        self.books.note(at, self.managers[0], "credit.allow", f"settlement:{visit.settlement}", details)

    def pay(self, visit: Visit, at: int, payment: Payment) -> None:
        """Money comes in."""
        books, who = self.books, self.dice.choice(self.cashiers)
        number = books.number("TN", at // DAY)
        row = (visit.settlement, payment.method, payment.amount_fen, payment.reference, stamp(at), who.id)
        books.tenders.append((books.new_id("tender"), number, *row))
        details = audit.details_text({"method": payment.method, "amount": payment.amount_fen})
        books.note(at, who, "tender", f"settlement:{visit.settlement}", details)

    def deliver(self, visit: Visit, at: int) -> None:
        """The car leaves; the row of the follow-up says already what its calls brought."""
        books, care = self.books, visit.care
        next_visit = self.dice.choice(("", "", "", "半年后保养", "下次检查刹车"))
        books.move_order(visit, "deliver", at, visit.adviser, next_visit)
        visit.follow_up = books.new_id("follow_up")
        ended = None if care.state == "due" else stamp(care.calls[-1].at)
        settled = care.amends_at and not care.open_action
        words = f"{care.words}\n→ {care.amends} ({self.carers[0].name})" if settled else care.words
        fixed = None if care.fixed is None else int(care.fixed)
        books.follow_ups.append(
            (
                visit.follow_up,
                visit.id,
                day_text(care.due_on),
                care.state,
                len(care.calls),
                fixed,
                care.score,
                words,
                int(care.open_action),
                ended,
                1 + len(care.calls) + bool(settled),
            )
        )

    def call(self, visit: Visit, at: int, made: CallMade) -> None:
        """Customer care calls; the last call closes the order."""
        books, who, care = self.books, self.dice.choice(self.carers), visit.care
        row = (visit.follow_up, made.outcome, made.words, stamp(at), who.id)
        books.calls.append((books.new_id("call"), *row))
        reached = made.outcome == "reached"
        details = audit.details_text({"outcome": made.outcome, "score": care.score if reached else None})
        books.note(at, who, "care.call", f"order:{visit.id}", details)
        if made is care.calls[-1] and care.state != "due":
            books.move_order(visit, "close", at, who)

    def amend(self, visit: Visit, at: int) -> None:
        """A bad answer is dealt with."""
        self.books.note(at, self.carers[0], "care.action_done", f"order:{visit.id}")
