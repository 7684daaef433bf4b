"""What `nq57kit.plan` gives, each name with its home; `nq57kit.lazy` reads this list, and so do type checkers."""

from nq57kit.plan.decision import Plan as Plan
from nq57kit.plan.decision import Target as Target
from nq57kit.plan.decision import load_plan as load_plan
from nq57kit.plan.period import Calendar as Calendar
from nq57kit.plan.period import Period as Period
from nq57kit.plan.period import Request as Request
from nq57kit.plan.period import Window as Window
from nq57kit.plan.period import label_period as label_period
from nq57kit.plan.settings import Settings as Settings
from nq57kit.plan.units import Unit as Unit
from nq57kit.plan.units import UnitMatch as UnitMatch
