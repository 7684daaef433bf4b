"""What `nq57kit` gives, each name with its home; `nq57kit.lazy` reads this list, and so do type checkers."""

from nq57kit.errors import Nq57Error as Nq57Error
from nq57kit.indicators import compute as compute
from nq57kit.indicators import kpis as kpis
from nq57kit.plan import Period as Period
from nq57kit.plan import Plan as Plan
from nq57kit.plan import load_plan as load_plan
from nq57kit.reports import open_report as open_report
from nq57kit.reports import read_results as read_results
from nq57kit.reports import trace as trace
from nq57kit.store import Store as Store
from nq57kit.store import flatten as flatten
from nq57kit.store import ingest as ingest
from nq57kit.submissions import Finding as Finding
from nq57kit.submissions import Submission as Submission
from nq57kit.submissions import check as check
from nq57kit.submissions import write_template as write_template

__version__: str
