"""The workshop, by screen."""

from app.blueprints.workshop import board as board
from app.blueprints.workshop import inspection as inspection
from app.blueprints.workshop import terminal as terminal
