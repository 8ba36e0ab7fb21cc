"""The parts that all documents share, from rows to plain values."""

from __future__ import annotations

import io
from typing import Any

from flask import Response, send_file
from flask_login import current_user
from sqlalchemy.orm import Session

from app.access.guard import note
from app.domain.repair_orders.guarantee import term
from app.domain.repair_orders.states import RepairKind
from app.domain.staff import settings
from app.extensions import db
from app.kernel.permission import Permission
from app.printing import Document, pdf_of
from app.printing.facts import Customer, Guarantee, Shop, Vehicle
from app.web import language
from app.web.masking import mask_phone


def printed(document: Document, name: str) -> Response:
    """A document as a PDF that the browser opens, in the language of whoever asked; ``name`` is that of the file.

    The document is plain values, so no connection is held while a printer is waited for.
    """
    db.session.remove()
    return send_file(io.BytesIO(pdf_of(document, language())), mimetype="application/pdf", download_name=name)


def paper_shop(session: Session) -> Shop:
    """The letterhead from the settings."""
    values = settings.read_all(session)
    return Shop(values["shop.name"], values["shop.address"], values["shop.phone"], values["shop.licence"])


def paper_customer(customer: Any) -> Customer:
    """The party that signs. Its telephone and address stand in full for those who may see them, else masked or left out.

    A contract carries them; whoever may not see them on a page must not read them off a paper either.
    """
    phone = customer.phones[0].number if customer.phones else ""
    if not current_user.may(Permission.CUSTOMER_UNMASK):
        return Customer(customer.name, mask_phone(phone), "")
    return Customer(customer.name, phone, customer.address)


def note_unmasking(order: Any, document: str) -> None:
    """Put on record that somebody printed a customer's telephone in full."""
    if order.customer.phones and current_user.may(Permission.CUSTOMER_UNMASK):
        note("customer.unmask", f"customer:{order.customer_id}", reason=f"{document} {order.number}")


def paper_vehicle(vehicle: Any) -> Vehicle:
    """The car."""
    return Vehicle(
        model=vehicle.model,
        plate=vehicle.plate,
        vin=vehicle.vin or "",
        engine_no=vehicle.engine_no,
        colour=vehicle.colour,
        energy=vehicle.energy,
        purchased_on=vehicle.purchased_on,
    )


def paper_guarantee(kind: RepairKind) -> Guarantee:
    """The guarantee of a kind of repair."""
    return Guarantee(*term(kind))
