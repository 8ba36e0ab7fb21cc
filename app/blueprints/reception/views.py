"""Reception, by screen."""

from app.blueprints.reception import appointments as appointments
from app.blueprints.reception import arrival as arrival
from app.blueprints.reception import order_answers as order_answers
from app.blueprints.reception import order_lines as order_lines
from app.blueprints.reception import order_list as order_list
from app.blueprints.reception import order_moves as order_moves
from app.blueprints.reception import order_new as order_new
from app.blueprints.reception import order_page as order_page
from app.blueprints.reception import order_prices as order_prices
from app.blueprints.reception import order_prints as order_prints
from app.blueprints.reception import people as people
