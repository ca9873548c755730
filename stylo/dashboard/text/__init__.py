"""All text that the dashboard shows, a module for each page; `text.NAME` is any name of any of them."""

from stylo.dashboard.text.article import *
from stylo.dashboard.text.boards import *
from stylo.dashboard.text.cards import *
from stylo.dashboard.text.compare import *
from stylo.dashboard.text.data import *
from stylo.dashboard.text.discover import *
from stylo.dashboard.text.evaluation import *
from stylo.dashboard.text.forms import *
from stylo.dashboard.text.log_in import *
from stylo.dashboard.text.map import *
from stylo.dashboard.text.notices import *
from stylo.dashboard.text.operations import *
from stylo.dashboard.text.photo_search import *
from stylo.dashboard.text.rules import *
from stylo.dashboard.text.shopper import *
from stylo.dashboard.text.strategies import *
from stylo.dashboard.text.tour import *
