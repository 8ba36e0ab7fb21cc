"""The history's deeds of agreeing with the customer: estimate, questions and answers, findings, later promises."""

from __future__ import annotations

import random

from app.domain.demo.books import Books
from app.domain.demo.opening_days import HOUR, stamp
from app.domain.demo.plan import Task, Visit, Who
from app.domain.repair_orders.states import Answer, AnsweredBy, JobState, LineOrigin
from app.domain.staff.settings import SETTINGS
from app.kernel import audit

_LINK_VALID = int(SETTINGS["approval.link_hours"].default) * HOUR


def _iso(moment: int) -> str:
    """A moment as operations write it into the details of the audit log."""
    text = stamp(moment)
    return f"{text[:10]}T{text[11:19]}+00:00"


class Agreements:
    """What adviser and customer agree on."""

    def __init__(self, books: Books, dice: random.Random) -> None:
        self.books, self.dice = books, dice

    def estimate(self, visit: Visit, at: int) -> None:
        """Jobs and parts as ordered, and the estimate."""
        for task in visit.tasks:
            if not task.additional:
                self._add(visit, task, at, None)
        self.books.move_order(visit, "estimate", at, visit.adviser)

    def _add(self, visit: Visit, task: Task, at: int, finding: int | None) -> None:
        books, work, who = self.books, task.work, visit.adviser
        task.id = books.new_id("job")
        start = task.planned_at
        end = start + max(15 * 60, work.hours_centi * 36)
        books.jobs.append(
            (
                task.id,
                visit.id,
                visit.tasks.index(task) + 1,
                work.id,
                work.code,
                work.name,
                work.hours_centi,
                work.rate_fen,
                task.permille,
                task.amount_fen,
                task.payer.value,
                (LineOrigin.ADDITIONAL if task.additional else LineOrigin.ORDERED).value,
                finding,
                work.certificate,
                (JobState.DECLINED if task.declined else JobState.PASSED).value,
                int(task.rejected),
                None if task.declined else visit.technician.id,
                None if task.declined else stamp(start),
                None if task.declined else stamp(end),
                2 if task.declined else 6 + 3 * task.rejected,
            )
        )
        details = {"job": task.id, "code": work.code, "amount": task.amount_fen}
        books.note(at, who, "job.add", f"order:{visit.id}", audit.details_text(details))
        self._add_parts(visit, task, at)

    def _add_parts(self, visit: Visit, task: Task, at: int) -> None:
        books, moment = self.books, stamp(at)
        for line in task.lines:
            line.id, part = books.new_id("part_line"), line.part
            out = 0 if task.declined or line.supplied else line.milli
            books.lines.append(
                (
                    line.id,
                    visit.id,
                    task.id,
                    part.id,
                    part.number,
                    part.name,
                    part.origin,
                    part.unit,
                    line.milli,
                    line.price_fen,
                    line.permille,
                    line.amount_fen,
                    line.payer.value,
                    int(line.supplied),
                    out,
                    0,
                    0,
                    moment,
                    3 if out else 1,
                )
            )
            details = {"line": line.id, "part": part.id, "amount": line.amount_fen}
            books.note(at, visit.adviser, "part_line.add", f"order:{visit.id}", audit.details_text(details))

    def authorise(self, visit: Visit, at: int) -> None:
        """The customer is asked and answers on the tablet."""
        asked = [task for task in visit.tasks if not task.additional]
        self._ask(visit, at, at, None)
        self._answer(visit, asked, at, visit.adviser, AnsweredBy.TABLET, visit.signature)

    def report(self, visit: Visit, at: int) -> None:
        """A technician finds something on the lift; the row says already when it was priced."""
        books, (task,) = self.books, [task for task in visit.tasks if task.additional]
        visit.finding = books.new_id("finding")
        row = (visit.id, task.words, int(self.dice.random() < 0.3), stamp(at), visit.technician.id, stamp(visit.priced))
        books.findings.append((visit.finding, *row, "priced"))
        details = audit.details_text({"finding": visit.finding})
        books.note(at, visit.technician, "finding.report", f"order:{visit.id}", details)

    def price(self, visit: Visit, at: int) -> None:
        """The adviser prices the finding and sends the customer a link."""
        (task,) = [task for task in visit.tasks if task.additional]
        self._add(visit, task, at, visit.finding)
        self._ask(visit, at, visit.answered, visit.answered - 40)

    def answer(self, visit: Visit, at: int) -> None:
        """The customer answers through the link."""
        asked = [task for task in visit.tasks if task.additional]
        customer = Who(visit.car.owner_name[:120], None, "link")
        name = f"{self.dice.getrandbits(160):040x}"
        signature = self.books.signature(f"order:{visit.id}", at, customer.name, name)
        self._answer(visit, asked, at, customer, AnsweredBy.LINK, signature)

    def _ask(self, visit: Visit, at: int, answered: int, opened: int | None) -> None:
        books = self.books
        visit.request = books.new_id("approval_request")
        valid = stamp(at + _LINK_VALID)
        seen = None if opened is None else stamp(opened)
        row = (visit.id, f"{self.dice.getrandbits(256):064x}", stamp(at), visit.adviser.name, valid, seen)
        books.requests.append((visit.request, *row, stamp(answered)))
        details = audit.details_text({"request": visit.request})
        books.note(at, visit.adviser, "approval.ask", f"order:{visit.id}", details)

    def _answer(self, visit: Visit, tasks: list[Task], at: int, who: Who, how: AnsweredBy, signature: int) -> None:
        books, answers = self.books, {}
        for task in tasks:
            given = (Answer.DECLINED if task.declined else Answer.APPROVED).value
            answers[str(task.id)] = given
            row = (task.id, task.total_fen, given, how.value, visit.car.owner_name[:120], "", stamp(at), signature)
            books.answers.append((books.new_id("approval_line"), visit.request, *row))
            books.move_job(visit, task, "decline" if task.declined else "approve", at, who)
            self._remember(visit, task, at)
        if how is AnsweredBy.TABLET:
            books.move_order(visit, "authorise", at, who)
        details = {"request": visit.request, "how": how.value, "answers": answers}
        books.note(at, who, "approval.answer", f"order:{visit.id}", audit.details_text(details))

    def _remember(self, visit: Visit, task: Task, at: int) -> None:
        """Declined work stays with the car until it is done, or declined once more."""
        books, put_off, code = self.books, visit.car.put_off, task.work.code
        before = put_off.pop(code, None)
        if before is not None:
            books.put_off.append((*before, stamp(at), "dropped" if task.declined else "done"))
        if task.declined:
            put_off[code] = (
                books.new_id("recommendation"),
                visit.car.id,
                task.id,
                task.work.name,
                task.total_fen,
                stamp(at),
            )

    def promise(self, visit: Visit, at: int) -> None:
        """A later time, with the reason."""
        books, change, who = self.books, visit.promise, visit.adviser
        assert change is not None
        row = (visit.id, stamp(change.was), stamp(change.now), change.reason, stamp(at), who.name)
        books.promises.append((books.new_id("promise_change"), *row))
        details = audit.details_text({"at": _iso(change.now)})
        books.note(at, who, "order.promise", f"order:{visit.id}", details)
