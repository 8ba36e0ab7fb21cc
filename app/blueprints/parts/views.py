"""The screens of the parts department."""

from app.blueprints.parts import (
    books,
    desk,
    goods_in,
    invoices,
    lost,
    master,
    offers,
    pick,
    purchases,
    sales,
    service_levels,
    stock,
    suggested,
    suppliers,
    tool_labels,
    tools,
)

__all__ = [
    "books",
    "desk",
    "goods_in",
    "invoices",
    "lost",
    "master",
    "offers",
    "pick",
    "purchases",
    "sales",
    "service_levels",
    "stock",
    "suggested",
    "suppliers",
    "tool_labels",
    "tools",
]
