"""Live boards on a real server: who hears what, and what stays free for everybody else."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import sign_in
from app.access.model import SignInSession
from app.access.secrets import token_hash
from app.domain.staff import operations as people
from app.domain.staff import settings
from app.domain.staff.model import Role
from app.extensions import db
from app.kernel.actor import SYSTEM
from app.kernel.clock import FixedClock, SystemClock
from tests.conftest import SETTINGS, make_app
from tests.support import cast
from tests.support.live_server import running_server
from tests.support.orders import authorised
from tests.support.page_client import PageClient
from tests.support.screen import Screen, Stream
from tests.support.shop import SmallShop, open_small_shop

BOARD = "/live/workshop"
CAP = 4


@pytest.fixture(scope="module")
def served(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, str, SmallShop]]:
    """(application, address, shop): one worker with four places for streams; writes go past it, as from another one."""
    folder = tmp_path_factory.mktemp("live")
    shutil.copy(sqlite_template, folder / "portal.sqlite3")
    url = f"sqlite:///{folder / 'portal.sqlite3'}"
    app = make_app(url, folder)
    with app.app_context():
        engine = db.engine
    with Session(engine) as session:
        shop = open_small_shop(session, FixedClock(SystemClock().now()))
        session.commit()
    options = {"SECRET_KEY": str(SETTINGS["SECRET_KEY"]), "PORTAL_STREAMS": str(CAP), "PORTAL_WORKERS": "1"}
    with running_server(url, folder, **options) as address:
        yield app, address, shop
    engine.dispose()


def change(app: Flask, shop: SmallShop, work: int) -> str:
    """Somebody else has an order authorised: a card more on the board. Returns the order's number."""
    clock = FixedClock(SystemClock().now())
    with app.app_context():
        engine = db.engine
    with Session(engine) as session:
        order = authorised(session, clock, shop, {work: []}, promise=timedelta(hours=6))
        session.commit()
        return order.number


def rev_of(app: Flask, screen: Screen) -> str:
    """The mark of the board that a screen sees now."""
    status, headers, _text = screen.get(f"{BOARD}/fragment")
    assert status == 200
    return headers["X-Revision"]


def listen(app: Flask, screen: Screen) -> Stream:
    """An open stream of a screen that is up to date; the places of screens that have just left are free in a moment."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        stream = screen.stream(f"{BOARD}?rev={rev_of(app, screen)}")
        if stream.wait_for("retry: 1000", 2):
            return stream
        stream.close()
    raise AssertionError("no stream could be opened")


def test_a_change_reaches_an_open_screen(served: tuple[Flask, str, SmallShop]) -> None:
    app, address, shop = served
    screen = Screen(app, address, "controller")
    stream = listen(app, screen)
    number = change(app, shop, shop.service)
    assert stream.wait_for(number), "the open screen never heard of the order"
    assert number in stream.boards()[-1]["html"]
    stream.close()


def test_a_screen_that_comes_late_is_brought_up_to_date_at_once(served: tuple[Flask, str, SmallShop]) -> None:
    app, address, shop = served
    screen = Screen(app, address, "controller")
    old = rev_of(app, screen)
    number = change(app, shop, shop.service)
    stream = screen.stream(f"{BOARD}?rev={old}")
    assert stream.wait_for(number)
    stream.close()


def test_a_screen_that_leaves_gives_its_place_back_at_once(served: tuple[Flask, str, SmallShop]) -> None:
    app, address, _shop = served
    screen = Screen(app, address, "controller")
    streams = [listen(app, screen) for _ in range(CAP)]
    full = screen.stream(f"{BOARD}?rev=0")
    assert full.wait_for("event: poll")
    for stream in streams:
        stream.close()
    began = time.monotonic()
    listen(app, screen).close()
    assert time.monotonic() - began < 3  # long before the next beat could find out


def test_two_audiences_never_get_each_others_board(served: tuple[Flask, str, SmallShop]) -> None:
    app, address, shop = served
    screens = {who: Screen(app, address, who) for who in ("controller", "adviser")}
    streams = {who: listen(app, screen) for who, screen in screens.items()}
    number = change(app, shop, shop.brakes)
    for stream in streams.values():
        assert stream.wait_for(number)
    assert "data-assign-url" in streams["controller"].text
    assert "data-assign-url" not in streams["adviser"].text, "an adviser was shown the controller's board"
    for stream in streams.values():
        stream.close()


def end_session(session: Session, screen: Screen) -> None:
    row = session.scalars(select(SignInSession).where(SignInSession.token_hash == token_hash(screen.token))).one()
    sign_in.end(session, SYSTEM, SystemClock(), row.id)


def disable(session: Session, screen: Screen) -> None:
    people.set_active(session, SYSTEM, SystemClock(), cast.person(session, "second_technician"), False)


def take_role_away(session: Session, screen: Screen) -> None:
    people.change_roles(session, SYSTEM, SystemClock(), cast.person(session, "warranty_clerk"), [Role.TRAINER])


@pytest.mark.parametrize(
    ("who", "what"), [("inspector", end_session), ("second_technician", disable), ("warranty_clerk", take_role_away)]
)
def test_a_stream_ends_when_its_person_may_no_longer_see_the_board(
    served: tuple[Flask, str, SmallShop], who: str, what: object
) -> None:
    app, address, shop = served
    leaving, staying = Screen(app, address, who), Screen(app, address, "controller")
    gone, kept = listen(app, leaving), listen(app, staying)
    with app.app_context():
        engine = db.engine
    with Session(engine) as session:
        what(session, leaving)  # type: ignore[operator]
        session.commit()
    assert gone.wait_for_end(4), "the stream went on"
    number = change(app, shop, shop.service)
    assert kept.wait_for(number), "somebody else's stream ended with it"
    assert number not in gone.text
    assert leaving.get(BOARD)[0] in {401, 403}
    kept.close()


def test_400_screens_leave_the_pages_free(served: tuple[Flask, str, SmallShop]) -> None:
    app, address, _shop = served
    screen = Screen(app, address, "controller")
    screen.get("/orders")  # compiled
    streams = [screen.stream(f"{BOARD}?rev=0") for _ in range(400)]
    try:
        waits = []
        for _ in range(20):
            began = time.monotonic()
            assert screen.get("/orders")[0] == 200
            waits.append(time.monotonic() - began)
        told = [stream.wait_for("event: poll", 0.01) or _answered(stream) for stream in streams]
        assert 400 - CAP <= sum(told) <= 400, "the cap does not hold"
        assert sorted(waits)[18] < 2.0, f"pages waited up to {max(waits):.1f} s"
    finally:
        for stream in streams:
            stream.close()


def _answered(stream: Stream) -> bool:
    """Wait for the first words of a stream; True when they tell the screen to poll."""
    until = time.monotonic() + 10
    while not stream.text and time.monotonic() < until:
        stream.read(until - time.monotonic())
    return stream.wait_for("event: poll", 0.2)


def test_a_server_with_open_screens_stops_within_four_seconds(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "portal.sqlite3")
    url = f"sqlite:///{tmp_path / 'portal.sqlite3'}"
    app = make_app(url, tmp_path)
    with running_server(url, tmp_path, SECRET_KEY=str(SETTINGS["SECRET_KEY"])) as address:
        streams = [Screen(app, address, "controller").stream(f"{BOARD}?rev=0") for _ in range(30)]
        for stream in streams:
            assert stream.wait_for("event: board")
        began = time.monotonic()
    assert time.monotonic() - began < 4
    for stream in streams:
        assert stream.wait_for_end(1)
        stream.close()


# --- without a server: on both databases ---------------------------------------------------------------------------------


def test_polling_answers_nothing_until_the_board_looks_different(
    client: PageClient, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    first = client.as_("controller").get(f"{BOARD}/fragment")
    rev = first.headers["X-Revision"]
    client.get(f"{BOARD}/fragment?rev={rev}", status=204)
    # Something that no board shows is written: the screen is left alone.
    people.change_language(session, SYSTEM, clock, cast.person(session, "cashier"), cast.Language.ENGLISH)
    session.commit()
    client.get(f"{BOARD}/fragment?rev={rev}", status=204)
    order = authorised(session, clock, shop, {shop.service: []})
    session.commit()
    assert order.number in client.get(f"{BOARD}/fragment?rev={rev}").get_data(as_text=True)


def test_a_screen_is_put_right_whichever_process_answers_it(
    client: PageClient, session: Session, database: str, tmp_path: Path, clock: FixedClock, shop: SmallShop
) -> None:
    session.commit()
    twin = make_app(database, tmp_path)  # another process of the same portal
    twin.extensions["clock"] = clock
    other, path = PageClient(twin, clock), f"{BOARD}/fragment"
    usual = client.as_("controller").get(path).get_data(as_text=True)
    assert other.as_("controller").get(path).get_data(as_text=True) == usual

    def close_at(hour: str) -> None:
        actor = cast.acting(session, "administrator")
        settings.change(session, actor, clock, settings.read_all(session) | {"reception.closes": hour})
        session.commit()

    closes = settings.read(session, "reception.closes")
    close_at("16")
    rev = client.get(path).headers["X-Revision"]  # the screen shows the short day, which the other never drew
    close_at(closes)
    assert other.get(f"{path}?rev={rev}").get_data(as_text=True) == usual
    with twin.app_context():
        db.session.remove()
        db.engine.dispose()


def test_a_promise_that_passes_is_late_on_the_board_though_nobody_writes(
    client: PageClient, session: Session, clock: FixedClock, shop: SmallShop
) -> None:
    authorised(session, clock, shop, {shop.service: []}, promise=timedelta(hours=6))
    session.commit()
    page = client.as_("controller").get(f"{BOARD}/fragment")
    assert "card-late" not in page.get_data(as_text=True)
    clock.advance(timedelta(hours=7))
    later = client.as_("controller").get(f"{BOARD}/fragment?rev={page.headers['X-Revision']}")
    assert "card-late" in later.get_data(as_text=True)


def test_nonsense_for_a_revision_gets_the_board(client: PageClient, session: Session, shop: SmallShop) -> None:
    for text in ("", "x", "1", "1-2-3", "-1-1", "²-1", "9" * 40 + "-1"):
        client.as_("controller").get(f"{BOARD}/fragment", query_string={"rev": text})
