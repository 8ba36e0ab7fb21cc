"""The plan of a visit: what is done, by whom, when, what it costs and who pays. Nobody works on two cars at once."""

from __future__ import annotations

import random
from dataclasses import dataclass

from app.domain.demo import services
from app.domain.demo.aftercare import Aftercare
from app.domain.demo.opening_days import CLOSES, DAY, HOUR, MINUTE, day_text, next_open, stretches, within_opening
from app.domain.demo.plan import Arrival, Line, PartFacts, Payment, Promise, Task, Visit, Who, WorkFacts
from app.domain.repair_orders.states import Payer, RepairKind
from app.kernel.money import labour_amount, line_amount

HALF = 30 * MINUTE
_LATE, _DISCOUNT, _SUPPLIED, _REWORK, _CREDIT, _WAITS = 10, 6, 1, 2, 60, 30  # in a hundred
_OFFERED, _FOUND = 14, 16  # something besides on the estimate, or on the lift
_METHODS = ("wechat",) * 8 + ("alipay",) * 5 + ("card",) * 4 + ("transfer",) * 2 + ("cash",)


@dataclass(slots=True)
class Crew:
    """Who works in the shop; technicians with the certificates that they hold and the moment from which they are free."""

    advisers: list[Who]
    technicians: list[Who]
    certificates: dict[int, frozenset[str]]
    free: dict[int, int]


class Planner:
    """Plans visits in the order of their arrival."""

    def __init__(
        self,
        dice: random.Random,
        crew: Crew,
        work: dict[str, WorkFacts],
        parts: dict[str, PartFacts],
        until: int,
    ) -> None:
        self.dice, self.crew, self.work, self.parts, self.until = dice, crew, work, parts, until
        self.demand = services.Demand(dice)
        self.aftercare = Aftercare(dice, until)

    def plan(self, arrival: Arrival) -> Visit | None:
        """The whole visit; None when it would not be over before the history ends."""
        dice = self.dice
        service, tasks, words = self._wanted(arrival)
        taken = {task.work.code for task in tasks}
        for chance, additional in ((_OFFERED, False), (_FOUND, True)):
            if dice.randrange(100) < chance and (extra := self.demand.extra(arrival.car.energy, taken)):
                more = self._tasks(extra, Payer.CUSTOMER)
                more[0].additional, more[0].words = additional, extra.words
                more[0].declined = dice.randrange(100) < (services.DECLINED_BY_LINK if additional else 40)
                tasks += more
                taken.update(extra.codes)
        checked = arrival.at + dice.randrange(6, 14) * MINUTE + dice.randrange(60)
        estimated = checked + dice.randrange(2, 7) * MINUTE + dice.randrange(60)
        authorised = estimated + dice.randrange(1, 12) * MINUTE + dice.randrange(60)
        visit = Visit(
            arrival=arrival,
            adviser=arrival.comeback_of.adviser if arrival.comeback_of else dice.choice(self.crew.advisers),
            technician=self._technician(tasks),
            kind=service.kind,
            words=words,
            tasks=tasks,
            waits=dice.randrange(100) < _WAITS,
            checked_in=checked,
            estimated=estimated,
            authorised=authorised,
            dispatched=authorised + dice.randrange(2, 12) * MINUTE + dice.randrange(60),
            old_parts=dice.choice(("take", "waive", "waive")),
        )
        free = self._work(visit)
        self._leave(visit)
        if visit.delivered >= self.until * DAY:
            return None
        assert visit.technician.id is not None
        self.crew.free[visit.technician.id] = free
        self._money(visit)
        self._promise(visit)
        self.aftercare.plan(visit)
        return visit

    def _wanted(self, arrival: Arrival) -> tuple[services.Service, list[Task], str]:
        month = int(day_text(arrival.at // DAY)[5:7])
        if arrival.comeback_of is not None:
            old = arrival.comeback_of.done()[0]
            service = services.Service(1, "", (old.work.code,))
            payer = self.dice.choice((Payer.INTERNAL, Payer.INTERNAL, Payer.GOODWILL, Payer.WARRANTY))
            return service, self._tasks(service, payer), f"上次{old.work.name}后问题还在，返修检查。"
        service = self.demand.reason(arrival.car.energy, month)
        tasks = self._tasks(service, self.demand.payer(service))
        if self.dice.randrange(100) < 15:  # two things at once, often with two payers
            other = self.demand.reason(arrival.car.energy, month)
            if not set(other.codes) & set(service.codes) and other.kind in {service.kind, RepairKind.MINOR}:
                return service, tasks + self._tasks(other, self.demand.payer(other)), service.words + other.words
        return service, tasks, service.words

    def _tasks(self, service: services.Service, payer: Payer) -> list[Task]:
        """The jobs of a service; its parts belong to the first one."""
        permille = 0
        if payer is Payer.CUSTOMER and self.dice.randrange(100) < _DISCOUNT:
            permille = self.dice.choice((50, 50, 100, 120))
        found = []
        for code in service.codes:
            work = self.work[code]
            fen = labour_amount(work.hours_centi, work.rate_fen, permille)
            found.append(Task(work, payer, permille, fen, []))
        for number, milli in service.parts:
            part = self.parts[number]
            supplied = milli == 1000 and self.dice.randrange(100) < _SUPPLIED
            price = 0 if supplied else part.retail_fen
            amount = line_amount(milli, price, permille)
            found[0].lines.append(Line(part, milli, price, permille, amount, payer, supplied))
        return found

    def _technician(self, tasks: list[Task]) -> Who:
        """Whoever is free first of those who hold what the jobs require."""
        needed = {task.work.certificate for task in tasks if task.work.certificate}
        free = self.crew.free
        able = [who for who in self.crew.technicians if needed <= self.crew.certificates[who.id or 0]]
        return min(able, key=lambda who: free[who.id or 0])

    def _work(self, visit: Visit) -> int:
        """Times of all jobs, the finding among them and the work that the inspector sent back; when the person is free."""
        dice = self.dice
        begin = max(visit.dispatched + dice.randrange(5, 12) * MINUTE, self.crew.free[visit.technician.id or 0])
        for task in visit.done():
            if task.additional:
                continue
            begin = self._do(task, begin)
        first, last, _ = visit.done()[0].stretches[0]
        for task in [task for task in visit.tasks if task.additional]:
            visit.found = first + (last - first) // 4
            visit.priced = first + (last - first) * 2 // 5
            visit.answered = first + (last - first) * 3 // 4
            if not task.declined:
                begin = self._do(task, begin)
                task.issued_at = max(task.issued_at, visit.answered + 10)
        visit.work_done = begin
        self._inspect(visit)
        return max(visit.work_done, visit.reworked[-1][1] if visit.reworked else 0)

    def _do(self, task: Task, begin: int) -> int:
        actual = max(10 * MINUTE, task.work.hours_centi * 36 * self.dice.randrange(75, 121) // 100)
        task.stretches = stretches(begin, actual)
        start = task.stretches[0][0]
        task.planned_at = start // (15 * MINUTE) * 15 * MINUTE
        task.issued_at = start - self.dice.randrange(30, 200)
        return task.stretches[-1][1] + self.dice.randrange(20, 90)

    def _inspect(self, visit: Visit) -> None:
        dice = self.dice
        visit.work_done = visit.done()[-1].stretches[-1][1]
        looked = within_opening(visit.work_done + dice.randrange(3, 22) * MINUTE)
        if dice.randrange(100) < _REWORK:
            visit.sent_back = looked
            visit.done()[0].rejected = True
            visit.reworked = stretches(looked + dice.randrange(4, 9) * MINUTE, dice.randrange(8, 26) * MINUTE)
            looked = within_opening(visit.reworked[-1][1] + dice.randrange(3, 22) * MINUTE)
        visit.inspected = looked
        visit.settled = within_opening(looked + dice.randrange(3, 16) * MINUTE + dice.randrange(60))

    def _leave(self, visit: Visit) -> None:
        """When the car is promised and when it leaves: nine in ten by the first promise."""
        dice = self.dice
        ready = visit.settled + 12 * MINUTE
        buffer = 0 if visit.waits else dice.choice((0, 0, HALF, HOUR, 2 * HOUR))
        promise = -(-(ready + buffer) // HALF) * HALF
        if promise % DAY > CLOSES or promise // DAY != ready // DAY:
            promise = next_open(ready // DAY) * DAY + dice.choice((9, 10, 11)) * HOUR
        visit.delivered = max(ready, promise - dice.randrange(25 if visit.waits else 50) * MINUTE - dice.randrange(60))
        visit.first_promise = promise
        if dice.randrange(100) < _LATE:
            early = (ready - dice.randrange(15 * MINUTE, 2 * HOUR)) // HALF * HALF
            if early > visit.dispatched + HALF and within_opening(early) == early:
                visit.first_promise = early
        visit.delivered = max(ready, within_opening(visit.delivered))

    def _promise(self, visit: Visit) -> None:
        if visit.delivered > visit.first_promise and self.dice.randrange(100) < 75:
            at = visit.dispatched + (visit.first_promise - visit.dispatched) * self.dice.randrange(40, 90) // 100
            now = -(-(visit.delivered + 5 * MINUTE) // HALF) * HALF
            if within_opening(at) == at:
                reason = self.dice.choice(services.PROMISE_REASONS)
                visit.promise = Promise(at, visit.first_promise, now, reason)

    def _money(self, visit: Visit) -> None:
        dice, open_fen = self.dice, visit.share(Payer.CUSTOMER)
        if open_fen <= 0:
            return
        reference = f"42000{dice.randrange(10**13):013d}"
        paid = visit.delivered - dice.randrange(100, 400)
        if visit.car.firm and dice.randrange(100) < _CREDIT:
            visit.credit = True
            paid = within_opening(visit.delivered + dice.randrange(10 * DAY, 45 * DAY))
            if paid < self.until * DAY:
                visit.payments = [Payment(paid, "transfer", open_fen, reference)]
            return
        method = dice.choice(_METHODS)
        if open_fen > 100_000 and dice.randrange(100) < 3:
            part = open_fen // 2 // 10_000 * 10_000
            visit.payments = [
                Payment(paid, "cash", part, ""),
                Payment(paid + 40, method, open_fen - part, reference),
            ]
        else:
            visit.payments = [Payment(paid, method, open_fen, "" if method == "cash" else reference)]
