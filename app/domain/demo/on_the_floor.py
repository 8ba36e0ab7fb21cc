"""The history's deeds on the floor: dispatch, parts, clocks, final inspection."""

from __future__ import annotations

import random

from app.domain.demo import services
from app.domain.demo.books import Books
from app.domain.demo.opening_days import stamp
from app.domain.demo.plan import Task, Visit, Who
from app.domain.demo.shelf import Shelf
from app.domain.repair_orders.states import OrderState
from app.kernel import audit


class Floor:
    """What controller, parts clerk, technician and inspector do."""

    def __init__(
        self,
        books: Books,
        dice: random.Random,
        shelf: Shelf,
        controllers: list[Who],
        clerks: list[Who],
        inspectors: list[Who],
    ) -> None:
        self.books, self.dice, self.shelf = books, dice, shelf
        self.controllers, self.clerks, self.inspectors = controllers, clerks, inspectors

    def dispatch(self, visit: Visit, at: int) -> None:
        """The controller gives the jobs to the technician; one that was found later when it is approved."""
        later = at > visit.dispatched
        for task in visit.done():
            if task.additional == later:
                self.books.move_job(visit, task, "dispatch", at, self.controllers[0])

    def issue(self, visit: Visit, at: int, task: Task) -> None:
        """The parts of a job go to the technician."""
        clerk = self.dice.choice(self.clerks)
        for number, line in enumerate(task.lines):
            self.shelf.issue(line, at + number, clerk)

    def start(self, visit: Visit, at: int, task: Task) -> None:
        """Clock on."""
        self.books.move_job(visit, task, "start", at, visit.technician)
        if visit.state == OrderState.AUTHORISED.value:
            self.books.move_order(visit, "start_work", at, visit.technician)

    def pause(self, visit: Visit, at: int, task: Task, since: int, reason: str) -> None:
        """Clock off for lunch or for the night."""
        self.books.move_job(visit, task, "pause", at, visit.technician, reason)
        self._clock(visit, task, since, at, reason)

    def finish(self, visit: Visit, at: int, task: Task, since: int) -> None:
        """The job is done; with the last one the order's work."""
        self.books.move_job(visit, task, "finish", at, visit.technician)
        self._clock(visit, task, since, at, None)
        if all(other.state in {"done", "passed"} for other in visit.done()):
            self.books.move_order(visit, "finish_work", at, visit.technician)

    def _clock(self, visit: Visit, task: Task, since: int, until: int, reason: str | None) -> None:
        row = (visit.technician.id, task.id, stamp(since), stamp(until), reason)
        self.books.clocks.append((self.books.new_id("clock_entry"), *row))

    def send_back(self, visit: Visit, at: int) -> None:
        """The inspector finds one job not good."""
        why, who = self.dice.choice(services.REJECTIONS), self.dice.choice(self.inspectors)
        reasons = []
        verdicts = []
        for task in visit.done():
            reason = why if task.rejected else ""
            self.books.move_job(visit, task, "reject" if reason else "pass", at, who, reason)
            verdicts.append((task.id, int(not reason), reason))
            reasons += [f"{task.work.name}: {reason}"] if reason else []
        self._inspection(visit, at, who, verdicts, passed=False)
        self.books.move_order(visit, "send_back", at, who, "; ".join(reasons)[:300])
        self._noted(visit, at, who, passed=False)

    def inspect(self, visit: Visit, at: int) -> None:
        """Everything is good: the guarantee begins."""
        who = self.dice.choice(self.inspectors)
        open_ones = [task for task in visit.done() if task.state == "done"]
        for task in open_ones:
            self.books.move_job(visit, task, "pass", at, who)
        self._inspection(visit, at, who, [(task.id, 1, "") for task in open_ones], passed=True)
        self.books.move_order(visit, "inspect", at, who)
        self._noted(visit, at, who, passed=True)

    def _inspection(
        self, visit: Visit, at: int, who: Who, verdicts: list[tuple[int, int, str]], *, passed: bool
    ) -> None:
        books = self.books
        id_ = books.new_id("final_inspection")
        out = visit.mileage_out_km if passed else None
        road = out - visit.mileage_km if out is not None else None
        books.inspections.append((id_, visit.id, who.id, int(passed), road, out, "", stamp(at)))
        for job, good, reason in verdicts:
            books.items.append((books.new_id("inspection_item"), id_, job, good, reason))

    def _noted(self, visit: Visit, at: int, who: Who, *, passed: bool) -> None:
        details = audit.details_text({"passed": passed})
        self.books.note(at, who, "inspection.final", f"order:{visit.id}", details)
