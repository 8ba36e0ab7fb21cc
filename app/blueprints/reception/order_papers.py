"""From an order's rows to the plain values of its documents."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from app.domain.files.model import StoredFile
from app.domain.files.operations import path_of
from app.domain.repair_orders.model import RepairOrder
from app.domain.repair_orders.picking import bins_of
from app.domain.repair_orders.reception_model import CheckIn
from app.domain.repair_orders.rules import TO_BE_DONE
from app.domain.repair_orders.states import JobState, LineOrigin, PriceChangeState
from app.kernel.clock import Clock
from app.printing.estimate import Estimate
from app.printing.facts import LabourLine, PartLine, Signature
from app.printing.inspection_sheet import DamageMark, InspectionSheet
from app.printing.job_card import CardJob, CardPart, JobCard
from app.web.papers import paper_customer, paper_guarantee, paper_shop, paper_vehicle


def picture(file: StoredFile | None) -> bytes | None:
    """The bytes of a stored picture, if it is still there."""
    if file is None:
        return None
    path = path_of(current_app.config["PORTAL_DATA"], file)
    return path.read_bytes() if path.is_file() else None


def _asked(order: RepairOrder) -> list[Any]:
    wanted = TO_BE_DONE | {JobState.PROPOSED}
    return [job for job in order.jobs if job.state in wanted]


def estimate_of(session: Session, clock: Clock, order: RepairOrder) -> Estimate:
    """The estimate of everything that is not declined."""
    jobs = _asked(order)
    labour = tuple(
        LabourLine(j.name, j.hours_centi, j.rate_fen, j.amount_fen, j.code, j.discount_permille, j.payer) for j in jobs
    )
    parts = tuple(_part(line) for job in jobs for line in job.part_lines if not line.cancelled)
    stands = _is_as_signed(order, jobs)
    signed = session.get(StoredFile, order.authorisation_signature_id) if stands else None
    return Estimate(
        shop=paper_shop(session),
        order_number=order.number,
        qr=order.number,
        at=(order.authorised_at if stands else None) or clock.now(),
        adviser=order.adviser.name,
        customer=paper_customer(order.customer),
        vehicle=paper_vehicle(order.vehicle),
        kind=order.kind,
        labour=labour,
        parts=parts,
        total_fen=sum(line.amount_fen for line in labour) + sum(line.amount_fen for line in parts),
        guarantees=(paper_guarantee(order.kind),),
        mileage_km=order.mileage_in_km,
        words=order.words,
        promised_at=order.promised_at,
        old_parts=order.old_parts,
        signature=Signature(order.customer.name, order.authorised_at if stands else None, picture(signed)),
    )


def _is_as_signed(order: RepairOrder, jobs: list[Any]) -> bool:
    """True when the paper would show what the customer put his name under: no more work since, and no other price."""
    return (
        order.authorisation_signature_id is not None
        and all(job.origin is LineOrigin.ORDERED and job.state is not JobState.PROPOSED for job in jobs)
        and not any(change.state is PriceChangeState.IN_FORCE for change in order.price_changes)
    )


def _part(line: Any) -> PartLine:
    return PartLine(
        name=line.name,
        number=line.number,
        quantity_milli=line.quantity_milli,
        unit=line.unit,
        price_fen=line.price_fen,
        amount_fen=line.amount_fen,
        origin=line.origin,
        discount_permille=line.discount_permille,
        payer=line.payer,
        customer_supplied=line.customer_supplied,
    )


def job_card_of(session: Session, clock: Clock, order: RepairOrder) -> JobCard:
    """The job card: what is to be done, by whom, with which parts."""
    jobs = [job for job in order.jobs if job.state in TO_BE_DONE]
    bins, _on_hand = bins_of(session, {line.id: line.part_id for job in jobs for line in job.part_lines})
    return JobCard(
        shop=paper_shop(session),
        order_number=order.number,
        qr=order.number,
        printed_at=clock.now(),
        vehicle=paper_vehicle(order.vehicle),
        customer_name=order.customer.name,
        adviser=order.adviser.name,
        jobs=tuple(
            CardJob(
                name=job.name,
                hours_centi=job.hours_centi,
                code=job.code,
                technician=job.technician.name if job.technician else "",
                certificate=job.certificate or "",
                additional=job.origin == "additional",
            )
            for job in jobs
        ),
        parts=tuple(
            CardPart(
                name=line.name,
                number=line.number,
                quantity_milli=line.quantity_milli,
                unit=line.unit,
                origin=line.origin,
                bin=bins.get(line.id, ""),
                customer_supplied=line.customer_supplied,
            )
            for job in jobs
            for line in job.part_lines
            if not line.cancelled
        ),
        words=order.words,
        kind=order.kind,
        mileage_km=order.mileage_in_km,
        arrived_at=order.created_at,
        promised_at=order.promised_at,
        old_parts=order.old_parts,
        customer_waits=order.customer_waits,
    )


def inspection_sheet_of(session: Session, clock: Clock, order: RepairOrder, seen: CheckIn) -> InspectionSheet:
    """The walk-around with its marks, photos and signature."""
    return InspectionSheet(
        shop=paper_shop(session),
        order_number=order.number,
        qr=order.number,
        at=seen.at,
        adviser=order.adviser.name,
        customer=paper_customer(order.customer),
        vehicle=paper_vehicle(order.vehicle),
        mileage_km=seen.mileage_km,
        energy_percent=seen.energy_percent,
        warning_lights=tuple(seen.warning_lights.split()),
        valuables=seen.valuables,
        old_parts=order.old_parts,
        words=order.words,
        damages=tuple(
            DamageMark(mark.x, mark.y, mark.kind.value, mark.note, picture(mark.photo)) for mark in seen.damages
        ),
        customer_waits=order.customer_waits,
        promised_at=order.promised_at,
        signature=Signature(seen.signed_name, seen.at, picture(seen.signature)),
    )
