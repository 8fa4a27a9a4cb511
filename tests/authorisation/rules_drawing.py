"""The rules of what is drawn, written and presented; the columns are those of ``rules``."""

from typing import Final

DRAWING: Final = """
make a board            # who may draw; another's is changed by who may edit
  own      111 33++++ 0 3+ 00 ++
  shared   111 333333 0 33 00 ++
  foreign  111 000000 + 30 00 ++
  trashed  111 000000 0 30 00 00
  guessed  111 000000 0 30 00 00

draw                    # by a link what it lets
  own      111 33++++ 0 3+ 00 ++ 3+ 11
  shared   111 333333 0 33 00 ++ 00 11
  foreign  111 000000 + 30 00 ++ 00 11
  trashed  111 000000 0 30 00 00 00 11
  guessed  111 000000 0 30 00 00 00 11

bring a layer           # not by a link
  own      111 33++++ 0 3+ 00 ++
  shared   111 333333 0 33 00 ++
  foreign  111 000000 + 30 00 ++
  trashed  111 000000 0 30 00 00
  guessed  111 000000 0 30 00 00

remark                  # a comment, by a link what it lets
  own      111 3+++++ 0 3+ 00 ++ 3+ 11
  shared   111 333333 0 33 00 ++ 00 11
  foreign  111 000000 + 30 00 ++ 00 11
  trashed  111 000000 0 30 00 00 00 11
  guessed  111 000000 0 30 00 00 00 11

history                 # of what was drawn; a link without annotations shows none
  own      110 ++++++ 0 ++ 00 ++ 0+ 11
  shared   110 ++++++ 0 ++ 00 ++ 00 11
  foreign  110 000000 + 00 00 ++ 00 11
  trashed  110 000000 0 00 00 00 00 11
  guessed  110 000000 0 00 00 00 00 11

change layer            # the manager's: an editor may, but not say who sees it
  own      111 333+++ 0 3+ 00 ++ 33 11
  shared   111 333333 0 33 00 ++ 00 11
  foreign  111 000000 + 30 00 ++ 00 11
  trashed  111 000000 0 30 00 00 00 11
  guessed  111 000000 0 30 00 00 00 11

delete layer
  own      111 33333+ 0 3+ 00 ++ 33 11
  shared   111 333333 0 33 00 ++ 00 11
  foreign  111 000000 + 30 00 ++ 00 11
  trashed  111 000000 0 30 00 00 00 11
  guessed  111 000000 0 30 00 00 00 11
"""
