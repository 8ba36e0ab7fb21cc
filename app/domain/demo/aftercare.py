"""What customers say when they are called, and who comes back because the fault is still there."""

from __future__ import annotations

import random

from app.domain.care.model import FollowUpState as State
from app.domain.care.operations import ATTEMPTS, UNHAPPY
from app.domain.demo import services
from app.domain.demo.opening_days import DAY, HOUR, MINUTE, is_open, next_open, within_opening
from app.domain.demo.plan import Arrival, CallMade, Visit
from app.domain.staff.settings import SETTINGS

FOLLOW_UP_DAYS = int(SETTINGS["care.follow_up_days"].default)
_NOT_FIXED, _COMES_BACK, _REFUSES, _NOT_REACHED = 45, 55, 2, 20  # the first in a thousand, the others in a hundred
_MARKS = (10,) * 46 + (9,) * 29 + (8,) * 15 + (7,) * 6 + (6,) * 2 + (5, 3)


class Aftercare:
    """Plans calls after a delivery."""

    def __init__(self, dice: random.Random, until: int) -> None:
        self.dice, self.until = dice, until

    def plan(self, visit: Visit) -> None:
        """The calls of a visit, as far as they were made before the history ends."""
        dice, care = self.dice, visit.care
        left_on = visit.delivered // DAY
        care.due_on = left_on + FOLLOW_UP_DAYS
        day = left_on + dice.choice((1, 2, 2, 3, 3))
        for attempt in range(1, ATTEMPTS + 1):
            day = day if is_open(day) else next_open(day)
            if day >= self.until:
                return
            at = day * DAY + 9 * HOUR + dice.randrange(8 * HOUR)
            roll = dice.randrange(100)
            if roll < _NOT_REACHED:
                care.calls.append(CallMade(at, State.UNREACHABLE.value, "无人接听"))
                if attempt == ATTEMPTS:
                    care.state, care.words = State.UNREACHABLE.value, "无人接听"
                    return
                care.due_on = max(care.due_on, day) + 1
                day += 1
                continue
            if roll < _NOT_REACHED + _REFUSES:
                care.state = State.REFUSED.value
            else:
                care.state = State.REACHED.value
                self._answers(visit, at)
            care.calls.append(CallMade(at, care.state, care.words))
            return

    def _answers(self, visit: Visit, at: int) -> None:
        dice, care = self.dice, visit.care
        care.fixed = dice.randrange(1000) >= _NOT_FIXED
        care.score = dice.choice(_MARKS) if care.fixed else dice.choice((2, 4, 5, 6, 7, 8))
        unhappy = not care.fixed or care.score <= UNHAPPY
        care.words = dice.choice(services.BLAME) if unhappy else dice.choice(services.PRAISE)
        if unhappy:
            care.amends_at = within_opening(at + dice.randrange(HOUR, 30 * HOUR))
            care.amends = dice.choice(services.AMENDS)
            care.open_action = care.amends_at >= self.until * DAY

    def comeback(self, visit: Visit) -> Arrival | None:
        """The car's return when the fault is still there; None when it does not come, or not before the end."""
        care = visit.care
        if care.fixed is not False or self.dice.randrange(100) >= _COMES_BACK:
            return None
        day = next_open(care.calls[-1].at // DAY + self.dice.randrange(3))
        if day >= self.until:
            return None
        return Arrival(day * DAY + 8 * HOUR + self.dice.randrange(20 * MINUTE, 3 * HOUR), visit.car, None, visit)
