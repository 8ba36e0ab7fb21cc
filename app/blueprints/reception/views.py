"""Reception, by screen."""

from app.blueprints.reception import appointments as appointments
from app.blueprints.reception import arrival as arrival
from app.blueprints.reception import order_answers as order_answers
from app.blueprints.reception import order_lines as order_lines
from app.blueprints.reception import order_list as order_list
from app.blueprints.reception import orders as orders
from app.blueprints.reception import people as people
