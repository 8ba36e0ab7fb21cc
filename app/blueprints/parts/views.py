"""The screens of the parts department."""

from app.blueprints.parts import (
    books,
    desk,
    figures,
    goods_in,
    invoices,
    lost,
    master,
    offers,
    pick,
    purchases,
    sales,
    stock,
    suppliers,
    tool_labels,
    tools,
)

__all__ = [
    "books",
    "desk",
    "figures",
    "goods_in",
    "invoices",
    "lost",
    "master",
    "offers",
    "pick",
    "purchases",
    "sales",
    "stock",
    "suppliers",
    "tool_labels",
    "tools",
]
