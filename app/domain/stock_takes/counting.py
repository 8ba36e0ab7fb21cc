"""Counting: a document is begun, each line is counted blind, a doubtful one twice."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.catalogue.model import Part
from app.domain.staff import settings
from app.domain.stock import ledger
from app.domain.stock.abc import AbcClass
from app.domain.stock.adjustments import lock_balance
from app.domain.stock.model import Bin, StockBalance, StockOwner, StockValue
from app.domain.stock_takes import recounts, rules, scope
from app.domain.stock_takes.model import LIVE, StockCount, StockTake, StockTakeLine
from app.domain.stock_takes.states import STOCK_TAKE, TakeKind, TakeState
from app.kernel import audit, numbering
from app.kernel.actor import Actor
from app.kernel.clock import Clock, business_date
from app.kernel.errors import N_, InvalidInput, NotFound, RuleBroken, WrongState
from app.kernel.orm import expect_version
from app.kernel.permission import Permission
from app.kernel.quantity import in_whole_pieces

CHUNK = 500  # ids in one statement


def lock_take(session: Session, number: str) -> StockTake:
    """A stock-take, held until the commit; raises :class:`NotFound`."""
    take = session.scalar(
        select(StockTake)
        .where(StockTake.number == number)
        .with_for_update(of=StockTake)
        .execution_options(populate_existing=True)
    )
    if take is None:
        raise NotFound(N_("There is no stock-take of this number."))
    return take


def start(
    session: Session,
    actor: Actor,
    clock: Clock,
    kind: TakeKind,
    *,
    first_bin: str = "",
    last_bin: str = "",
    abc: AbcClass | None = None,
) -> StockTake:
    """Begin a stock-take of everything, of bins (from … through, or all that begin alike), or of an ABC class.

    It has a line for each part, bin and owner, those at zero too. Raises InvalidInput when nothing is meant, RuleBroken
    when another stock-take that is not over has one of these shelves.
    """
    actor.require(Permission.STOCK_COUNT)
    first_bin, last_bin = first_bin.strip().upper(), last_bin.strip().upper()
    if kind is TakeKind.BINS:
        if not first_bin:
            raise InvalidInput(N_("Give the first bin, or how the codes of the bins begin."), field="first_bin")
        meant = scope.balances_in_bins(session, first_bin, last_bin)
    elif kind is TakeKind.CYCLE:
        if abc is None:
            raise InvalidInput(N_("Choose the class that is counted."), field="abc")
        meant = scope.balances_of_class(session, abc, clock.now())
    else:
        meant = scope.all_balances(session)
    if not meant:
        raise InvalidInput(N_("No part has a place there: there is nothing to count."), field="first_bin")
    _refuse_taken(session, meant)
    take = StockTake(
        number=numbering.next_number(session, "SC", business_date(clock.now())),
        kind=kind,
        first_bin=first_bin[:30] if kind is TakeKind.BINS else "",
        last_bin=last_bin[:30] if kind is TakeKind.BINS else "",
        abc=abc if kind is TakeKind.CYCLE else None,
        state=TakeState.COUNTING,
        started_at=clock.now(),
        started_by_id=actor.staff_id,
    )
    session.add(take)
    session.flush()
    fresh = {"take_id": take.id, "live": True, "found": False, "rounds": 0, "again": False, "lost": ""}
    try:
        with session.begin_nested():
            session.execute(insert(StockTakeLine), [{**fresh, "balance_id": id_, "version": 1} for id_ in meant])
    except IntegrityError:  # somebody began one in the same moment
        _refuse_taken(session, meant)
        raise
    audit.record(session, actor, clock, "stock_take.start", f"stock_take:{take.id}", kind=kind.value, lines=len(meant))
    return take


def _refuse_taken(session: Session, balance_ids: Sequence[int]) -> None:
    for at in range(0, len(balance_ids), CHUNK):
        row = session.execute(
            select(Part.name, Bin.code, StockTake.number)
            .join(StockBalance, StockBalance.part_id == Part.id)
            .join(Bin, Bin.id == StockBalance.bin_id)
            .join(StockTakeLine, StockTakeLine.balance_id == StockBalance.id)
            .join(StockTake, StockTake.id == StockTakeLine.take_id)
            .where(LIVE, StockTakeLine.balance_id.in_(balance_ids[at : at + CHUNK]))
            .order_by(StockTakeLine.id)
            .limit(1)
        ).first()
        if row is not None:
            raise RuleBroken(
                N_("“%(part)s” in bin %(bin)s is part of %(number)s, which is not over: end that one first."),
                part=row.name,
                bin=row.code,
                number=row.number,
            )


def line_of(session: Session, take: StockTake, line_id: int) -> StockTakeLine:
    """A line of a stock-take, held until the commit; raises :class:`NotFound`, also for that of another."""
    line = session.scalar(
        select(StockTakeLine)
        .where(StockTakeLine.id == line_id, StockTakeLine.take_id == take.id)
        .with_for_update(of=StockTakeLine)
        .execution_options(populate_existing=True)
    )
    if line is None:
        raise NotFound(N_("There is no such line in this stock-take."))
    return line


def count_line(
    session: Session,
    actor: Actor,
    clock: Clock,
    take: StockTake,
    line: StockTakeLine,
    version: int | None,
    counted_milli: int | None,
) -> bool:
    """Note what lies there (thousandths); returns whether the line has to be counted once more.

    What the ledger says in this moment is kept with the count: what moves later does not disturb it. The second count
    decides, and is made by somebody else. Raises StaleVersion when another counted the line meanwhile, InvalidInput for what
    cannot be meant, RuleBroken for who may not count it again.
    """
    STOCK_TAKE.check("count", take.state, actor)
    assert actor.staff_id is not None
    expect_version(line, version)
    if line.rounds and not line.again:
        raise WrongState(N_("This line is counted already."))
    refusal = recounts.refusal(actor, take, line)
    if refusal is not None:
        raise refusal.error()
    if counted_milli is None:
        raise InvalidInput(N_("Type what lies there, 0 if it is nothing."), field="counted")
    balance = lock_balance(session, line.balance_id)
    if not in_whole_pieces(counted_milli, balance.part.unit):
        raise InvalidInput(N_("“%(part)s” is counted in whole pieces."), field="counted", part=balance.part.name)
    book, first = balance.on_hand_milli, line.rounds == 0
    doubtful = _doubtful(session, balance, counted_milli - book, book)
    leave = take.allowed_by_id if recounts.needs_leave(actor, take, line) else None
    line.rounds += 1
    line.counted_milli, line.book_milli = counted_milli, book
    line.counted_at, line.counted_by_id = clock.now(), actor.staff_id
    line.again = first and doubtful
    session.add(
        StockCount(
            line_id=line.id,
            round=line.rounds,
            counted_milli=counted_milli,
            book_milli=book,
            at=clock.now(),
            staff_id=actor.staff_id,
            doubtful=doubtful,
            allowed_by_id=leave,
        )
    )
    session.flush()
    audit.record(
        session, actor, clock, "stock_take.count", f"stock_take_line:{line.id}", counted_milli=counted_milli,
        round=line.rounds, **({"allowed_by": leave} if leave else {}),
    )  # fmt: skip
    return line.again


def worth_of(balance: StockBalance, owned: StockValue | None, milli: int) -> int:
    """What a quantity (thousandths) in a bin is worth to the shop, in fen net of VAT and signed like it.

    ``owned`` is what the shop owns of the part; the goods of others are worth nothing to us.
    """
    if balance.owner is not StockOwner.SHOP:
        return 0
    quantity, fen = (owned.quantity_milli, owned.value_fen) if owned else (0, 0)
    return rules.value_of(milli, quantity, fen, balance.part.purchase_fen)


def _doubtful(session: Session, balance: StockBalance, variance: int, book: int) -> bool:
    worth = worth_of(balance, session.get(StockValue, balance.part_id, populate_existing=True), variance)
    percent, yuan = settings.number(session, "stock.recount_percent"), settings.number(session, "stock.recount_yuan")
    return rules.to_be_counted_again(variance, book, worth, percent, yuan * 100)


def add_found(
    session: Session,
    actor: Actor,
    clock: Clock,
    take: StockTake,
    part: Part,
    *,
    bin_code: str,
    counted_milli: int | None,
    owner: StockOwner = StockOwner.SHOP,
) -> StockTakeLine:
    """A part lies in a bin and is not on the list: it comes on the list, counted once.

    Raises InvalidInput for one that is on the list, RuleBroken for one that another stock-take counts.
    """
    STOCK_TAKE.check("count", take.state, actor)
    if not counted_milli:
        raise InvalidInput(N_("The quantity must be above zero."), field="found_quantity")
    if not in_whole_pieces(counted_milli, part.unit):
        raise InvalidInput(N_("“%(part)s” is counted in whole pieces."), field="found_quantity", part=part.name)
    balance_id = ledger.balance_id(session, part.id, ledger.ensure_bin(session, bin_code).id, owner)
    same = select(StockTakeLine.id).where(StockTakeLine.take_id == take.id, StockTakeLine.balance_id == balance_id)
    if session.scalar(same) is not None:
        raise InvalidInput(
            N_("“%(part)s” is on the list of this bin: count it there."), field="found_part", part=part.name
        )
    _refuse_taken(session, [balance_id])
    line = StockTakeLine(take_id=take.id, balance_id=balance_id, live=True, found=True, rounds=0, again=False)
    session.add(line)
    session.flush()
    count_line(session, actor, clock, take, line, line.version, counted_milli)
    return line
