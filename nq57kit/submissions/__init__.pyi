"""What `nq57kit.submissions` gives, each name with its home; `nq57kit.lazy` reads this list, and so do type checkers."""

from nq57kit.submissions.contract import TABLES as TABLES
from nq57kit.submissions.findings import Finding as Finding
from nq57kit.submissions.findings import FindingKind as FindingKind
from nq57kit.submissions.findings import findings_frame as findings_frame
from nq57kit.submissions.findings import load_finding_kinds as load_finding_kinds
from nq57kit.submissions.form import write_workbook as write_workbook
from nq57kit.submissions.prefilled import read_earlier as read_earlier
from nq57kit.submissions.prefilled import write_template as write_template
from nq57kit.submissions.reading import Submission as Submission
from nq57kit.submissions.reading import check as check
from nq57kit.submissions.reading import check_many as check_many
from nq57kit.submissions.returned import write_returned as write_returned
from nq57kit.submissions.schemas import frame_columns as frame_columns
from nq57kit.submissions.schemas import table_schema as table_schema
