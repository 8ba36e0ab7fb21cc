"""Pinyin of names for the search field and for sorting."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=50_000)
def search_key(text: str) -> str:
    """``王志澜`` → ``wangzhilan wzl``: full pinyin and initials, lower case, other characters kept."""
    # Its dictionaries take 45 MB and a third of a start; most workers never write a name.
    from pypinyin import Style, lazy_pinyin

    full = "".join(lazy_pinyin(text)).lower().replace(" ", "")
    initials = "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower().replace(" ", "")
    return f"{full} {initials}"[:300]
