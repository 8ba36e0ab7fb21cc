"""What is true and what may happen, one package per noun; see ARCHITECTURE.md for their order."""
