"""Reading a customer's answers, line by line, from a form."""

from __future__ import annotations

import re

from flask import request

from app.domain.repair_orders.states import Answer


def answers_in_form() -> dict[int, Answer]:
    """job id → answer, for each field ``job-<id>`` with a known answer."""
    found = {}
    for name, value in request.form.items():
        match = re.fullmatch(r"job-([1-9]\d{0,8})", name, re.ASCII)
        if match and value in {answer.value for answer in Answer}:
            found[int(match[1])] = Answer(value)
    return found
