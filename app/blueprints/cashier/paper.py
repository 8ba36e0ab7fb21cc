"""From a settlement's rows to the plain values of the settlement list."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.billing.model import Settlement
from app.domain.repair_orders import queries as orders
from app.domain.repair_orders.guarantee import CERTIFIED, certificate_number
from app.domain.repair_orders.model import RepairOrder
from app.printing.facts import LabourLine, PartLine
from app.printing.settlement_list import Fees, SettlementList, TenderLine
from app.web.papers import paper_customer, paper_guarantee, paper_shop, paper_vehicle


def settlement_list_of(session: Session, order: RepairOrder, made: Settlement) -> SettlementList:
    """One payer's settlement list, as issued."""
    supplied = {line.id for line in order.part_lines if line.customer_supplied}
    reversed_number = ""
    if made.reverses_id:
        reversed_number = session.get_one(Settlement, made.reverses_id).number
    return SettlementList(
        shop=paper_shop(session),
        number=made.number,
        order_number=order.number,
        qr=made.number,
        settled_at=made.issued_at,
        payer=made.payer,
        customer=paper_customer(order.customer),
        vehicle=paper_vehicle(order.vehicle),
        kind=order.kind,
        labour=tuple(
            LabourLine(
                line.name,
                line.hours_centi or 0,
                line.price_fen,
                line.amount_fen,
                line.code,
                line.discount_permille,
                made.payer,
            )
            for line in made.lines
            if line.kind == "labour"
        ),
        parts=tuple(
            PartLine(
                name=line.name,
                number=line.code,
                quantity_milli=line.quantity_milli or 0,
                unit=line.unit,
                price_fen=line.price_fen,
                amount_fen=line.amount_fen,
                origin=line.origin.value if line.origin else "genuine",
                discount_permille=line.discount_permille,
                payer=made.payer,
                customer_supplied=line.source_id in supplied,
            )
            for line in made.lines
            if line.kind == "part"
        ),
        fees=Fees(labour_fen=made.labour_fen, material_fen=made.material_fen),
        net_fen=made.net_fen,
        tax_fen=made.tax_fen,
        total_fen=made.total_fen,
        rounding_fen=made.rounding_fen,
        certificate_number=certificate_number(order.number) if order.kind in CERTIFIED else "",
        arrived_at=order.created_at,
        delivered_at=order.delivered_at,
        mileage_in_km=order.mileage_in_km,
        mileage_out_km=order.mileage_out_km,
        old_parts=order.old_parts,
        tenders=tuple(
            TenderLine(tender.method.value, tender.amount_fen, tender.received_at, tender.number, tender.reference)
            for tender in made.tenders
        ),
        on_credit=made.on_credit_at is not None,
        guarantees=(paper_guarantee(order.kind),),
        advice=tuple(item.words for item in orders.open_recommendations(session, order.vehicle_id)),
        reverses_number=reversed_number,
        reason=made.reason,
        adviser=order.adviser.name,
        cashier=made.issued_by,
        taken_back_by=session.scalar(select(Settlement.number).where(Settlement.reverses_id == made.id)) or "",
    )
