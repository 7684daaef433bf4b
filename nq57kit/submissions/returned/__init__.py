"""The returned workbook: the unit's own file, its cells coloured and commented, with a list to work off.

In: a checked `Submission`. Out: «<tên tệp>-tra-lai.xlsx», or nothing for a state secret. The unit's file is changed in
its XML, part by part, so that all else in it (values, formulas with their results, lists, pictures) stays as it was.
"""

from __future__ import annotations

from nq57kit.submissions.returned.writing import build_returned, name_returned, write_returned

__all__ = ["build_returned", "name_returned", "write_returned"]
