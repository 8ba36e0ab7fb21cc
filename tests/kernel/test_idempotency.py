"""A form's fingerprint: equal for the same form, different for any other, however the fields are cut."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.idempotency import fingerprint

FIELDS = st.lists(st.tuples(st.text("ab\0", max_size=3), st.text("ab\0=&", max_size=3)), max_size=4)


@settings(max_examples=150, deadline=None, database=None)
@given(FIELDS, FIELDS)
def test_two_forms_have_one_fingerprint_only_when_they_are_one(
    one: list[tuple[str, str]], other: list[tuple[str, str]]
) -> None:
    same = sorted(one) == sorted(other)
    assert (fingerprint("/x", one) == fingerprint("/x", other)) == same


def test_the_key_itself_and_the_token_do_not_count() -> None:
    form = [("name", "王"), ("amount", "1")]
    assert fingerprint("/x", form) == fingerprint("/x", [*reversed(form), ("_key", "k"), ("csrf_token", "t")])
    assert fingerprint("/x", form) != fingerprint("/y", form)


def test_a_field_is_not_a_file_and_a_file_counts_by_its_contents() -> None:
    assert fingerprint("/x", [], [("photo", b"1")]) != fingerprint("/x", [], [("photo", b"2")])
    assert fingerprint("/x", [("photo", "1")]) != fingerprint("/x", [], [("photo", b"1")])


def test_nobody_without_the_secret_can_tell_what_was_typed() -> None:
    form = [("login", "adviser"), ("password", "four words of no sense")]
    assert fingerprint("/auth/sign-in", form, (), b"one") != fingerprint("/auth/sign-in", form, (), b"two")


def test_characters_that_no_database_takes_break_nothing() -> None:
    assert len(fingerprint("/x", [("a", "\ud800"), ("\udfff", "\0")])) == 64
