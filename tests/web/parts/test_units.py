"""Units of the catalogue are Chinese; whoever reads English reads them in English, on screen and paper."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.orm import Session

from app.kernel.clock import FixedClock
from app.printing.paper import environment
from tests.support.page_client import PageClient
from tests.support.shop import open_small_shop


@pytest.mark.parametrize(("language", "unit"), [("zh_Hans_CN", "件"), ("en", "pc")])
def test_a_quantity_carries_its_unit_in_the_readers_language(
    client: PageClient, session: Session, clock: FixedClock, language: str, unit: str
) -> None:
    shop = open_small_shop(session, clock)
    session.commit()
    page = client.as_("parts_clerk", language=language).get(f"/parts/{shop.filter}").get_data(as_text=True)
    assert set(re.findall(r'<span class="unit">(.*?)</span>', page)) == {unit}


def test_paper_does_so_too_and_leaves_a_unit_of_the_shops_own() -> None:
    shown = {
        language: environment(language).from_string("{{ '升'|unit }} {{ '箩'|unit }}").render()
        for language in ("zh_Hans_CN", "en")
    }
    assert shown == {"zh_Hans_CN": "升 箩", "en": "L 箩"}
