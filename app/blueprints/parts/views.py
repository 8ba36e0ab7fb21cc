"""The screens of the parts department."""

from app.blueprints.parts import desk, pick, stock

__all__ = ["desk", "pick", "stock"]
