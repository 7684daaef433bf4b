"""What `nq57kit.store` gives, each name with its home; `nq57kit.lazy` reads this list, and so do type checkers."""

from nq57kit.store.arrivals import find_submissions as find_submissions
from nq57kit.store.arrivals import parse_sent_at as parse_sent_at
from nq57kit.store.closing import correct_sent_at as correct_sent_at
from nq57kit.store.closing import lock_period as lock_period
from nq57kit.store.closing import unlock_period as unlock_period
from nq57kit.store.crosschecks import warn_against_store as warn_against_store
from nq57kit.store.diff import Change as Change
from nq57kit.store.diff import Difference as Difference
from nq57kit.store.diff import find_differences as find_differences
from nq57kit.store.folder import Place as Place
from nq57kit.store.folder import find_cell as find_cell
from nq57kit.store.folder import find_raw as find_raw
from nq57kit.store.intake import IngestError as IngestError
from nq57kit.store.intake import IngestReport as IngestReport
from nq57kit.store.intake import IngestResult as IngestResult
from nq57kit.store.intake import ingest as ingest
from nq57kit.store.proof import prove_lock as prove_lock
from nq57kit.store.proof import prove_refusal as prove_refusal
from nq57kit.store.proof import prove_store as prove_store
from nq57kit.store.proof import prove_submission as prove_submission
from nq57kit.store.rereading import rebuild_store as rebuild_store
from nq57kit.store.rereading import reread_store as reread_store
from nq57kit.store.status import reporting_status as reporting_status
from nq57kit.store.store import Pins as Pins
from nq57kit.store.store import Snapshot as Snapshot
from nq57kit.store.store import Store as Store
