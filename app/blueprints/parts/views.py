"""The screens of the parts department."""

from app.blueprints.parts import desk, lost, offers, pick, sales, stock, tool_labels, tools

__all__ = ["desk", "lost", "offers", "pick", "sales", "stock", "tool_labels", "tools"]
