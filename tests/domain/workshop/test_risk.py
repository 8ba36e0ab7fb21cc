"""Why a car may miss its promise: the reason that somebody can do something about."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.repair_orders.states import JobState, PartsReadiness
from app.domain.workshop.queries import JobOnBoard, risk_of
from tests.support.cast import OPENING


@pytest.mark.parametrize(
    ("state", "readiness", "reason"),
    [
        (JobState.PROPOSED, PartsReadiness.SHORT, "approval"),  # nothing is reserved before the customer says yes
        (JobState.PROPOSED, PartsReadiness.NONE_NEEDED, "approval"),
        (JobState.APPROVED, PartsReadiness.SHORT, "parts"),
        (JobState.APPROVED, PartsReadiness.READY, "not_started"),
    ],
)
def test_a_short_time_is_put_down_to_what_is_missing_first(
    state: JobState, readiness: PartsReadiness, reason: str
) -> None:
    job = JobOnBoard(
        id=1, version=1, name="更换前制动片", state=state, hours_centi=110, number="RO-202611-0001", plate="沪N0E116",
        promised_at=OPENING + timedelta(hours=1), technician_id=None, start=None, end=None, readiness=readiness,
    )  # fmt: skip
    assert risk_of(job, OPENING) == reason
    job.promised_at = OPENING + timedelta(days=2)
    assert risk_of(job, OPENING) == ""
