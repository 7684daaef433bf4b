"""How wide the columns of a printed table are."""

from __future__ import annotations

from nq57kit.show.blocks import Column, Table


def test_columns_are_as_wide_as_what_stands_in_them() -> None:
    hashes = Table("t", (Column("u", "Đơn vị"), Column("h", "Mã băm")), (("Vụ A", "0123456789abcdef" * 4),) * 3)
    narrow, wide = hashes.column_shares()
    assert wide > 50 > narrow > 4
    many = Table("t", tuple(Column(str(n), f"Cột {n}") for n in range(20)), (("nghiêng",) * 20,))
    assert abs(sum(many.column_shares()) - 100) < 1
    headed = Table("t", (Column("a", "A"), Column("b", "B")), (("x", "y"),), headings=("x",))
    assert headed.column_shares() == [0.0, 100.0]
    assert sum(Table("t", (Column("a", "A"), Column("b", "B")), ()).column_shares()) == 100
