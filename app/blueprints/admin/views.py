"""Administration, by screen."""

from app.blueprints.admin import house as house
from app.blueprints.admin import imports as imports
from app.blueprints.admin import people as people
