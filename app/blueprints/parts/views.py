"""The screens of the parts department."""

from app.blueprints.parts import (
    books,
    counting,
    desk,
    goods_in,
    invoices,
    lost,
    master,
    pick,
    purchases,
    scrap,
    stock,
    stock_takes,
    suppliers,
)

__all__ = [
    "books",
    "counting",
    "desk",
    "goods_in",
    "invoices",
    "lost",
    "master",
    "pick",
    "purchases",
    "scrap",
    "stock",
    "stock_takes",
    "suppliers",
]
