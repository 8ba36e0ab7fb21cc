"""Pure rules of a stock-take: what is in scope, when a line is counted twice, what a difference is worth."""

from __future__ import annotations

from app.kernel.errors import N_
from app.kernel.money import divide_half_up, line_amount, split_vat
from app.kernel.workflow import Refusal


def in_bins(code: str, first: str, last: str) -> bool:
    """Whether a bin is meant: by the beginning of its code, or from ``first`` through all that begin with ``last``."""
    if not last:
        return code.startswith(first)
    return first <= code and (code <= last or code.startswith(last))


def value_of(milli: int, owned_milli: int, owned_fen: int, purchase_fen: int) -> int:
    """What a quantity is worth, in fen net of VAT, signed like the quantity.

    At moving average; of what the shop owns none of, at the purchase price without VAT. No more can be missing than is owned.
    """
    if owned_milli <= 0:
        worth = split_vat(line_amount(abs(milli), purchase_fen))[0]
        return -worth if milli < 0 else worth
    if -milli >= owned_milli:
        return -owned_fen
    return divide_half_up(owned_fen * milli, owned_milli)


def to_be_counted_again(variance_milli: int, book_milli: int, value_fen: int, percent: int, limit_fen: int) -> bool:
    """Whether a difference is above the tolerance, in per cent of what should lie there or in value."""
    if variance_milli == 0:
        return False
    return abs(variance_milli) * 100 > percent * book_milli or abs(value_fen) > limit_fen


def allowed(counter: int | None, allowed_by: int | None) -> bool:
    """Whether leave to count again serves somebody: there is one, and he did not give it to himself."""
    return allowed_by is not None and allowed_by != counter


def refuse_recount(counter: int | None, last: int | None, knows: bool, allowed_by: int | None) -> Refusal | None:
    """Why ``counter`` may not count a line again that ``last`` counted before, or None.

    Two people who know nothing but the shelf have to come to the same figure: not the one who counted it last, nor one who
    knows what differs. ``allowed_by`` let it be done all the same.
    """
    if allowed(counter, allowed_by):
        return None
    if counter == last:
        return Refusal.because(N_("You counted this line the last time: somebody else counts it again."))
    if knows:
        return Refusal.because(N_("You may have seen what differs: somebody who has not counts it again."))
    return None
