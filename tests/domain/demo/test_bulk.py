"""Rows written in bulk read back as if the mapper had written them."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.domain.stock.model import Bin
from app.domain.vehicles.model import MileageReading, Vehicle
from app.kernel.bulk import BulkWriter, moment_text
from app.kernel.clock import FixedClock


def test_bulk_rows_read_back_and_the_next_id_follows_them(session: Session, clock: FixedClock) -> None:
    car = Vehicle(plate="沪A00001", created_at=clock.now())
    session.add(car)
    session.flush()
    writer = BulkWriter(session)
    readings = writer.rows(MileageReading, "id", "vehicle_id", "km", "read_at", "source", "lower_reason")
    readings += [(number, car.id, number * 1000, moment_text(clock.now()), "\t\\N 试车", "") for number in (1, 2, 3)]
    writer.finish()
    session.add(MileageReading(vehicle_id=car.id, km=9000, read_at=clock.now(), source="x"))
    session.commit()
    rows = session.query(MileageReading).order_by(MileageReading.id).all()
    assert [(row.id, row.km) for row in rows] == [(1, 1000), (2, 2000), (3, 3000), (4, 9000)]
    assert rows[0].read_at == clock.now()
    assert rows[0].source == "\t\\N 试车"


def test_table_whose_required_column_was_forgotten_is_refused(session: Session) -> None:
    with pytest.raises(ValueError, match="code"):
        BulkWriter(session).rows(Bin, "id")
