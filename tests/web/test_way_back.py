"""An error page says what it is, and the way back from it leads to a page."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.kernel.clock import FixedClock
from tests.support.page_client import PageClient
from tests.support.shop import open_small_shop


def test_a_refused_form_is_no_place_to_go_back_to(session: Session, client: PageClient, clock: FixedClock) -> None:
    open_small_shop(session, clock)
    clerk = client.as_("parts_clerk")
    for came_from, back in (("/parts/desk", "http://localhost/parts/desk"), ("/parts/scan", "/"), ("", "/")):
        headers = {"Referer": f"http://localhost{came_from}"} if came_from else {}
        page = clerk.get("/orders/RO-209901-0001", status=404, headers=headers).get_data(as_text=True)
        assert f'<a class="btn" href="{back}">' in page, came_from


def test_an_unknown_order_is_refused_at_the_desk_with_what_was_scanned(
    session: Session, client: PageClient, clock: FixedClock
) -> None:
    open_small_shop(session, clock)
    answer = client.as_("parts_clerk").post("/parts/scan", {"scan": "RO-209901-0001"}, status=422)
    assert 'value="RO-209901-0001"' in answer.get_data(as_text=True)


def test_an_error_page_is_headed_by_what_went_wrong(session: Session, client: PageClient, clock: FixedClock) -> None:
    open_small_shop(session, clock)
    for path, status, heading in (("/orders/RO-209901-0001", 404, "Not found"), ("/admin/staff", 403, "Not allowed")):
        page = client.as_("adviser", language="en").get(path, status=status).get_data(as_text=True)
        assert f"<h1>{heading}</h1>" in page


def test_a_customer_with_a_dead_link_is_not_sent_to_our_sign_in(
    session: Session, client: PageClient, clock: FixedClock
) -> None:
    open_small_shop(session, clock)
    page = client.get("/c/no-such-link", status=404).get_data(as_text=True)
    assert 'class="btn" href' not in page


def test_the_password_is_changed_from_the_menu_of_every_page(
    session: Session, client: PageClient, clock: FixedClock
) -> None:
    open_small_shop(session, clock)
    assert 'href="/auth/password"' in client.as_("adviser").get("/").get_data(as_text=True)
    assert 'href="/auth/password"' not in client.as_("technician", via="pin").get("/").get_data(as_text=True)
