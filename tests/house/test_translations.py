"""Both languages are complete: no missing, empty or fuzzy entry, and no placeholder lost."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from tests.support.page_client import PageClient

TOOL = runpy.run_path(str(Path(__file__).parents[2] / "script" / "translate"), run_name="translate")
PLACEHOLDER = re.compile(r"%\(\w+\)s|%\(\w+\)d|\{\w+\}")


@pytest.mark.parametrize("locale", TOOL["LOCALES"])
def test_every_text_is_translated(locale: str) -> None:
    have = TOOL["stored"](locale)
    missing = sorted(str(message) for message in TOOL["in_code"]() if message not in have)
    assert not missing, f"run script/translate and fill in {locale}: {missing[:20]}"


@pytest.mark.parametrize("locale", TOOL["LOCALES"])
def test_no_placeholder_is_lost_or_invented(locale: str) -> None:
    for message, text in TOOL["stored"](locale).items():
        wanted = set(PLACEHOLDER.findall(message if isinstance(message, str) else message[-1]))
        for form in TOOL["_forms"](text):
            assert set(PLACEHOLDER.findall(form)) == wanted, f"{locale}: {message!r} -> {form!r}"


@pytest.mark.parametrize("locale", TOOL["LOCALES"])
def test_every_text_can_be_filled_in(locale: str) -> None:
    # A lone per cent sign in a translation brings every page down that says it.
    for message, text in TOOL["stored"](locale).items():
        for form in TOOL["_forms"](text):
            values = dict.fromkeys(re.findall(r"%\((\w+)\)", form), 1)
            try:
                assert form % values
            except ValueError:
                pytest.fail(f"{locale}: {message!r} -> {form!r}: write %% for a per cent sign")


def test_chinese_is_chinese() -> None:
    untranslated = [
        message
        for message, text in TOOL["stored"]("zh_Hans_CN").items()
        if isinstance(message, str)
        and re.search(r"[a-z]{4,}", PLACEHOLDER.sub("", message))
        and not re.search(r"[一-鿿]", str(text))
    ]
    # Names that are the same in both languages.
    assert set(untranslated) <= {"English"}, untranslated


def test_the_portal_speaks_to_each_in_their_language(client: PageClient) -> None:
    assert "<h1>登录</h1>" in client.get("/auth/sign-in").get_data(as_text=True)
    chinese = client.as_("adviser").get("/appointments").get_data(as_text=True)
    assert "预约" in chinese and "Appointments" not in chinese
    client.post("/auth/language", {"language": "en"})
    assert "Appointments" in client.get("/appointments").get_data(as_text=True)
