"""What `nq57kit.show` gives, each name with its home; `nq57kit.lazy` reads this list, and so do type checkers."""

from nq57kit.show.blocks import BLOCK_MIME as BLOCK_MIME
from nq57kit.show.blocks import Block as Block
from nq57kit.show.blocks import Blocks as Blocks
from nq57kit.show.blocks import Bullets as Bullets
from nq57kit.show.blocks import Column as Column
from nq57kit.show.blocks import Commentary as Commentary
from nq57kit.show.blocks import Figure as Figure
from nq57kit.show.blocks import KeyFigure as KeyFigure
from nq57kit.show.blocks import KeyFigures as KeyFigures
from nq57kit.show.blocks import Note as Note
from nq57kit.show.blocks import Paragraph as Paragraph
from nq57kit.show.blocks import Picture as Picture
from nq57kit.show.blocks import Table as Table
from nq57kit.show.blocks import Title as Title
from nq57kit.show.blocks import block_from_data as block_from_data
