"""The screens of the parts department."""

from app.blueprints.parts import desk, goods_in, invoices, lost, pick, purchases, stock, suppliers

__all__ = ["desk", "goods_in", "invoices", "lost", "pick", "purchases", "stock", "suppliers"]
