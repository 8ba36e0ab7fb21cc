"""The suggested order at the screen: calculated, understood, changed, drawn up; and the policy behind it."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.purchasing.model import PurchaseLine, PurchaseOrder
from app.domain.replenishment import suggestions
from app.domain.replenishment.model import ReplenishmentPolicy, SimulationPoint, Suggestion, SuggestionRun
from app.kernel.audit import AuditRow
from app.kernel.clock import FixedClock
from tests.support import cast
from tests.support.demand import asked
from tests.support.page_client import PageClient
from tests.support.shop import SmallShop

LEVELS = {f"level-{value}{stability}": "95" for value in "abc" for stability in "xyz"}
LIMITS = {"a_share": "80", "b_share": "95", "x_variation": "0.5", "y_variation": "1"}


@pytest.fixture
def asked_for(session: Session, clock: FixedClock, shop: SmallShop) -> SmallShop:
    asked(session, clock, shop.filter, range(3, 700, 7), 5000)
    asked(session, clock, shop.headlight, range(9, 700, 30), 1000)
    session.commit()
    return shop


def page(client: PageClient, who: str, path: str, **options: int) -> str:
    return client.as_(who, language="en").get(path, **options).get_data(as_text=True)


def row_of(session: Session, part_id: int) -> Suggestion:
    session.rollback()
    session.expire_all()
    found = session.scalars(select(Suggestion).where(Suggestion.part_id == part_id).order_by(Suggestion.id.desc()))
    row = found.first()
    assert row is not None
    return row


def form_in(text: str, action: str) -> dict[str, str]:
    """The fields of the page's form that goes to an address."""
    whole = next(form for form in re.findall(r"<form .*?</form>", text, re.S) if f'action="{action}"' in form)
    return dict(re.findall(r'<input type="hidden" name="(?!csrf_token|_key)([^"]+)" value="([^"]*)"', whole))


def test_from_nothing_to_a_purchase_order(client: PageClient, session: Session, asked_for: SmallShop) -> None:
    assert "Nothing has been calculated yet" in page(client, "parts_clerk", "/parts/suggested")
    client.post("/parts/suggested")
    text = page(client, "parts_clerk", "/parts/suggested")
    assert "机油滤清器" in text and "主机厂配件中心" in text and "Draw up" not in text  # of whom first
    text = page(client, "parts_clerk", "/parts/suggested?supplier=1")
    lines = len(re.findall(r'<tr id="suggestion-', text))
    assert lines == 2
    light = row_of(session, asked_for.headlight)
    client.post(f"/parts/suggested/{light.id}", {"quantity": "0", "version": light.version, "supplier": "1"})
    text = page(client, "parts_clerk", "/parts/suggested?supplier=1")
    assert "taken off" in text and "何苗 chose 0" in text
    answer = client.post("/parts/suggested/order", form_in(text, "/parts/suggested/order"))
    assert "/parts/purchases/PO-202611-0001" in answer.headers["Location"]
    text = page(client, "parts_clerk", answer.headers["Location"])
    assert "机油滤清器" in text and "前照灯模块" not in text
    text = page(client, "parts_clerk", "/parts/suggested?supplier=1")
    assert "PO-202611-0001" in text and "Draw up" not in text
    assert row_of(session, asked_for.filter).order_id == 1


def test_the_clerk_hears_when_the_prices_are_no_longer_those_of_the_suggestion(
    client: PageClient, session: Session, clock: FixedClock, asked_for: SmallShop
) -> None:
    page(client, "parts_clerk", "/parts/suggested")
    client.post("/parts/suggested")
    clock.advance(timedelta(days=1))
    session.get_one(Part, asked_for.filter).purchase_fen = 200_00
    session.commit()
    text = page(client, "parts_clerk", "/parts/suggested?supplier=1")
    order = client.post("/parts/suggested/order", form_in(text, "/parts/suggested/order")).headers["Location"]
    text = client.get(order).get_data(as_text=True)
    total = sum(line.quantity_milli * line.unit_fen for line in session.scalars(select(PurchaseLine))) / 100_000
    assert f"Prices have changed since: at those of today it comes to ¥{total:,.2f}." in text


def test_every_number_is_explained(client: PageClient, session: Session, asked_for: SmallShop) -> None:
    client.as_("parts_clerk", language="en").post("/parts/suggested")
    row = row_of(session, asked_for.filter)
    why = client.get(f"/parts/suggested/{row.id}", htmx=True).get_data(as_text=True)
    assert "<svg" in why and "<html" not in why
    for fact in (
        "Exponential smoothing",
        "Steady",
        "4 days",
        "7 days",
        "93 %",
        "Expected in 11 days 8",
        "3 free + 0 on its way",
    ):
        assert fact in why, fact
    months = re.findall(r'<td class="num">\D*(\d+)\D*</td>', re.findall(r"<tbody>.*?</tbody>", why, re.S)[0])
    assert len(months) == 13 and sum(map(int, months[:12])) in range(250, 275)  # five a week
    assert "<html" in page(client, "parts_clerk", f"/parts/suggested/{row.id}")
    page(client, "parts_clerk", "/parts/suggested/999", status=404)


def test_what_was_typed_wrong_is_kept_and_said(client: PageClient, session: Session, asked_for: SmallShop) -> None:
    client.as_("parts_clerk", language="en").post("/parts/suggested")
    row = row_of(session, asked_for.filter)
    version, was = row.version, row.chosen_milli
    session.rollback()
    for typed, says, status in (
        ("", "Fill this in.", 422),
        ("-3", "is not a quantity", 422),
        ("zwölf", "is not a quantity", 422),
        ("1.5", "take 2.", 422),
        ("99999999", "too large", 422),
        ("900000", "more than a shop ever orders", 422),
    ):
        text = client.post(
            f"/parts/suggested/{row.id}", {"quantity": typed, "version": version, "supplier": "1"}, status=status
        ).get_data(as_text=True)
        assert says in text, typed
        assert f'value="{typed}"' in text
    client.post(f"/parts/suggested/{row.id}", {"quantity": "5", "version": version + 1}, status=409)
    client.post("/parts/suggested/999", {"quantity": "5", "version": 1}, status=404)
    assert row_of(session, asked_for.filter).chosen_milli == was
    for form, status in (
        ({"run": "1", "lines": "2", "total": "5"}, 422),  # of whom?
        ({"run": "1", "supplier": "77", "lines": "2", "total": "5"}, 404),
        ({"run": "1", "supplier": "1", "lines": "9", "total": "5"}, 409),
        ({"run": "7", "supplier": "1", "lines": "2", "total": "5"}, 409),
        ({"run": "x", "supplier": "1", "lines": "", "total": "5"}, 422),
    ):
        client.post("/parts/suggested/order", form, status=status)
    assert session.scalars(select(PurchaseOrder)).all() == []


@pytest.mark.parametrize(
    "query",
    [
        "supplier=0",
        "supplier=x",
        "supplier=99999999999",
        "class=q&after=-1",
        "class=a&after=99999999999999",
        "progress=1",
    ],
)
def test_an_address_that_somebody_made_up_is_no_fault(client: PageClient, asked_for: SmallShop, query: str) -> None:
    client.as_("parts_clerk").post("/parts/suggested")
    client.get(f"/parts/suggested?{query}")


def test_a_long_list_is_paged_and_narrowed(
    client: PageClient, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    for number in range(70):
        session.add(
            Part(
                number=f"Q{number:03d}", number_display=f"Q{number:03d}", name=f"卡扣{number:03d}", purchase_fen=1000 + number,
                minimum_milli=1000, supplier_id=1 if number % 2 else None, created_at=clock.now(),
            )
        )  # fmt: skip
    session.flush()
    suggestions.suggest_now(session, cast.acting(session, "parts_clerk"), clock)
    session.commit()
    first = page(client, "parts_clerk", "/parts/suggested")
    following = re.search(r'href="(/parts/suggested\?after=\d+)"', first)
    assert following
    second = page(client, "parts_clerk", following[1])
    seen = [re.findall(r"卡扣\d{3}</a>", text) for text in (first, second)]
    assert [len(page) for page in seen] == [50, 20] and not set(seen[0]) & set(seen[1])
    assert seen[0][0] == "卡扣069</a>"  # the greatest amount first
    nobody = page(client, "parts_clerk", "/parts/suggested?supplier=0")
    assert len(re.findall(r"卡扣\d{3}</a>", nobody)) == 35 and "Draw up" not in nobody
    assert len(re.findall(r"卡扣\d{3}</a>", page(client, "parts_clerk", "/parts/suggested?class=a"))) == 0
    assert len(client.queries) < 12


def test_while_it_is_calculated_the_page_says_how_far_it_is_and_a_second_one_is_refused(
    client: PageClient, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    run = suggestions.begin(session, cast.acting(session, "parts_clerk"), clock)
    run.done_permille = 350
    session.commit()
    text = page(client, "parts_manager", "/parts/suggested")
    assert 'value="35"' in text and "hx-trigger" in text
    assert "being calculated already" in client.post("/parts/suggested", status=409).get_data(as_text=True)
    row = session.get_one(SuggestionRun, run.id)
    row.state = "failed"  # type: ignore[assignment]
    session.commit()
    assert client.get("/parts/suggested?progress=1", htmx=True).headers["HX-Refresh"] == "true"
    assert "broke off" in page(client, "parts_manager", "/parts/suggested")
    client.post("/parts/suggested")
    assert "Nothing needs to be ordered" in page(client, "parts_manager", "/parts/suggested")


def test_only_the_parts_manager_sets_the_service_levels(client: PageClient, session: Session, shop: SmallShop) -> None:
    here = "/parts/service-levels"
    text = page(client, "parts_clerk", here)
    assert "98.5 %" in text and "level-ax" not in text
    client.post(here, {"policy": "0", **LEVELS, **LIMITS}, status=403)
    client.as_("parts_manager", language="en").post(here, {"policy": "0", **LEVELS, **LIMITS, "level-cz": "80.5"})
    assert 'value="80.5"' in page(client, "parts_manager", here)
    for wrong, says in (
        ({"level-bx": "49"}, "from 50 to 99.9 per cent"),
        ({"level-bx": "100"}, "from 50 to 99.9 per cent"),
        ({"level-bx": ""}, "Fill this in."),
        ({"level-bx": "viel"}, "is not a percentage"),
        ({"a_share": "97"}, "A must end before B"),
        ({"x_variation": "2"}, "X must end before Y"),
        ({"y_variation": "abc"}, "is not a quantity"),
    ):
        ((name, typed),) = wrong.items()
        answer = client.post(here, {"policy": "1", **LEVELS, **LIMITS, **wrong}, status=422).get_data(as_text=True)
        assert says in answer, wrong
        assert re.search(rf'value="{typed}"[^>]*name="{name}"|name="{name}"[^>]*value="{typed}"', answer) or not typed
    client.post(here, {"policy": "0", **LEVELS, **LIMITS}, status=409)
    session.rollback()
    assert session.scalars(select(ReplenishmentPolicy.levels)).all() == ["950,950,950,950,950,950,950,950,805"]


def test_a_point_of_the_curve_becomes_the_policy_and_that_is_on_record(
    client: PageClient, session: Session, asked_for: SmallShop
) -> None:
    here = "/parts/service-levels"
    client.as_("parts_clerk").post(f"{here}/simulation", status=403)
    client.as_("parts_manager", language="en").post(f"{here}/simulation")
    text = page(client, "parts_manager", here)
    assert "<svg" in text and "holds now" in text and text.count("/points/") >= 9
    session.rollback()
    point = session.scalars(select(SimulationPoint).where(SimulationPoint.levels == ",".join(["990"] * 9))).one()
    assert f"{point.served_lines}/{point.lines}" in text
    client.as_("parts_clerk").post(f"{here}/points/{point.id}", {"policy": "0"}, status=403)
    client.as_("parts_manager").post(f"{here}/points/{point.id}", {"policy": "5"}, status=409)
    client.post(f"{here}/points/999", {"policy": "0"}, status=404)
    client.post(f"{here}/points/{point.id}", {"policy": "0"})
    assert page(client, "parts_manager", here).count('value="99"') == 9
    session.rollback()
    noted = session.scalars(select(AuditRow).where(AuditRow.action == "replenishment.policy")).one()
    assert noted.actor == cast.PEOPLE["parts_manager"][0]


def test_too_little_to_replay_is_said(client: PageClient, shop: SmallShop) -> None:
    client.as_("parts_manager", language="en").post("/parts/service-levels/simulation")
    assert "fewer than four weeks to replay" in page(client, "parts_manager", "/parts/service-levels")


def test_the_page_leaves_the_work_to_a_process_and_finds_it_again(
    app: Flask, client: PageClient, session: Session, asked_for: SmallShop
) -> None:
    app.config["BACKGROUND_INLINE"] = False
    client.as_("parts_clerk", language="en").post("/parts/suggested")
    deadline = time.monotonic() + 120
    while "hx-trigger" in client.get("/parts/suggested?progress=1", htmx=True).get_data(as_text=True):
        assert time.monotonic() < deadline, "the calculation did not come to an end"
    assert "机油滤清器" in page(client, "parts_clerk", "/parts/suggested")
