"""What `nq57kit.indicators` gives, each name with its home; `nq57kit.lazy` reads this list, and so do type checkers."""

from nq57kit.indicators.figures import compute as compute
from nq57kit.indicators.figures import list_figures as list_figures
from nq57kit.indicators.frames import Traceable as Traceable
from nq57kit.indicators.model import Inputs as Inputs
from nq57kit.indicators.model import Ratio as Ratio
from nq57kit.indicators.model import Results as Results
from nq57kit.indicators.reporting import reporting_states as reporting_states
from nq57kit.indicators.science import science_tasks as science_tasks
from nq57kit.indicators.targets import judge as judge
from nq57kit.indicators.targets import judge_ratio as judge_ratio
from nq57kit.indicators.targets import kpis as kpis
from nq57kit.indicators.tasks import completion as completion
from nq57kit.indicators.tasks import task_status as task_status
