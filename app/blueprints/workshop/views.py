"""The board, the terminal, the final inspection."""
