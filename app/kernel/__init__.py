"""What every noun stands on. Imports the standard library and SQLAlchemy, never Flask, never a noun."""
