"""The screens of the parts department."""

from app.blueprints.parts import books, desk, goods_in, invoices, lost, master, pick, purchases, stock, suppliers

__all__ = ["books", "desk", "goods_in", "invoices", "lost", "master", "pick", "purchases", "stock", "suppliers"]
