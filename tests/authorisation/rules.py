"""Who may do what, by hand: written from docs/explanation/permissions.md, never taken from the code.

A cell says what one principal gets for one object: ``+`` it is done, ``1`` sign in first (401), ``3`` may see it but
not do this (403), ``0`` there is no such thing for them (404). The columns of a row, in this order:

=====  ==========================================================================================
``a``  anonymous: no cookie, no token
``e``  a session that has run out
``p``  anonymous on a server that allows public projects (ours are private)
``v``  viewer of the project, with the rights that go with the role; the same for the next three
``r``  reviewer
``n``  annotator
``d``  editor
``b``  editor with every right but to see names ("blinded")
``m``  manager
``o``  member (manager) of another project only
``R``  the manager's token to read
``W``  the manager's token to write
``U``  auditor
``P``  operator
``A``  administrator
``T``  an administrator's token to write, not to administer
``L``  a stranger who came by a share link of the project, to look
``N``  the same, to annotate, with the annotations
``X``  by a link that has run out
``K``  by a link that was revoked
=====  ==========================================================================================

The objects: ``own`` lies where the principals have their roles; ``shared`` was shared with their group to look at;
``foreign`` belongs to the other project; ``trashed`` lies in the trash of their own; ``guessed`` is nobody's id.
Where a line ends without the four columns of share links, those are refused: ``33 11``.
What is a person's own business (sessions, exports, uploads) has ``own`` for theirs and ``foreign`` for a stranger's.
"""

from typing import Final

COLUMNS: Final = "aep vrndbm o RW UP AT LN XK"
REFUSED: Final = "3311"
NAMES: Final = {
    "a": "anonymous",
    "e": "expired session",
    "p": "anonymous, public allowed",
    "v": "viewer",
    "r": "reviewer",
    "n": "annotator",
    "d": "editor",
    "b": "blinded editor",
    "m": "manager",
    "o": "member elsewhere",
    "R": "token read",
    "W": "token write",
    "U": "auditor",
    "P": "operator",
    "A": "administrator",
    "T": "administrator's token write",
    "L": "share to look",
    "N": "share to annotate",
    "X": "share that ran out",
    "K": "share that was revoked",
}
OBJECTS: Final = ("own", "shared", "foreign", "trashed", "guessed")

# A rule is one line for each object that it speaks of.
RULES: Final = """
show                    # what a share link shows as well: its own project, and nothing else
  own      110 ++++++ 0 ++ 00 ++ ++ 11
  shared   110 ++++++ 0 ++ 00 ++ 00 11
  foreign  110 000000 + 00 00 ++ 00 11
  trashed  110 000000 0 00 00 00 00 11
  guessed  110 000000 0 00 00 00 00 11

show name               # a label: not through a link
  own      110 0+++0+ 0 ++ 00 ++ 00 11
  shared   110 000000 0 00 00 ++ 00 11
  foreign  110 000000 + 00 00 ++ 00 11
  trashed  110 000000 0 00 00 00 00 11
  guessed  110 000000 0 00 00 00 00 11

show both               # an own slide and that one
  own      110 ++++++ 0 ++ 00 ++ ++ 11
  shared   110 ++++++ 0 ++ 00 ++ 00 11
  foreign  110 000000 0 00 00 ++ 00 11
  trashed  110 000000 0 00 00 00 00 11
  guessed  110 000000 0 00 00 00 00 11

show list               # each what they see
  own      11+ ++++++ + ++ ++ ++ ++ 11

here                    # whoever was let in
  own      111 ++++++ + ++ ++ ++ ++ 11

leave
  own      111 ++++++ + 3+ ++ ++ ++ 11

by a share link         # nobody else
  own      111 111111 1 31 11 11 ++ 11

link                    # a share link, for who manages what it shows
  own      111 33333+ 0 3+ 00 ++
  shared   111 333333 0 33 00 ++
  foreign  111 000000 + 30 00 ++
  guessed  111 000000 0 30 00 00

look                    # a viewer may
  own      110 ++++++ 0 ++ 00 ++
  shared   110 ++++++ 0 ++ 00 ++
  foreign  110 000000 + 00 00 ++
  trashed  110 000000 0 00 00 00
  guessed  110 000000 0 00 00 00

name                    # to see what names somebody: without the right there is nothing
  own      110 0+++0+ 0 ++ 00 ++
  shared   110 000000 0 00 00 ++
  foreign  110 000000 + 00 00 ++
  trashed  110 000000 0 00 00 00
  guessed  110 000000 0 00 00 00

try names               # an act that reads names
  own      111 3+++3+ 0 3+ 00 ++
  shared   111 333333 0 33 00 ++
  foreign  111 000000 + 30 00 ++
  trashed  111 000000 0 30 00 00
  guessed  111 000000 0 30 00 00

original                # the right to download, which needs names
  own      111 33333+ 0 ++ 00 ++
  shared   111 333333 0 33 00 ++
  foreign  111 000000 + 00 00 ++
  trashed  111 000000 0 00 00 00
  guessed  111 000000 0 00 00 00

take away               # the right to export
  own      111 333+++ 0 ++ 00 ++
  shared   111 333333 0 33 00 ++
  foreign  111 000000 + 00 00 ++
  trashed  111 000000 0 00 00 00
  guessed  111 000000 0 00 00 00

ask for export
  own      111 333+++ 0 3+ 00 ++
  shared   111 333333 0 33 00 ++
  foreign  111 000000 + 30 00 ++
  trashed  111 000000 0 30 00 00
  guessed  111 000000 0 30 00 00

ask for named export    # ... and with names in it
  own      111 333+3+ 0 3+ 00 ++
  shared   111 333333 0 33 00 ++
  foreign  111 000000 + 30 00 ++
  trashed  111 000000 0 30 00 00
  guessed  111 000000 0 30 00 00

take table              # a project's list as a file
  own      110 333+++ 0 ++ 00 ++
  shared   110 333333 0 33 00 ++
  foreign  110 000000 + 00 00 ++
  trashed  110 000000 0 00 00 00
  guessed  110 000000 0 00 00 00

take all tables         # everything one sees: there must be something that may leave
  own      11+ 333+++ + ++ ++ ++

keep                    # a viewer's own place and coverage
  own      111 ++++++ 0 3+ 00 ++
  shared   111 ++++++ 0 3+ 00 ++
  foreign  111 000000 + 30 00 ++
  trashed  111 000000 0 30 00 00
  guessed  111 000000 0 30 00 00

comment
  own      111 3+++++ 0 3+ 00 ++
  shared   111 333333 0 33 00 ++
  foreign  111 000000 + 30 00 ++
  trashed  111 000000 0 30 00 00
  guessed  111 000000 0 30 00 00

edit
  own      111 333+++ 0 3+ 00 ++
  shared   111 333333 0 33 00 ++
  foreign  111 000000 + 30 00 ++
  trashed  111 000000 0 30 00 00
  guessed  111 000000 0 30 00 00

edit names
  own      111 333+3+ 0 3+ 00 ++
  shared   111 333333 0 33 00 ++
  foreign  111 000000 + 30 00 ++
  trashed  111 000000 0 30 00 00
  guessed  111 000000 0 30 00 00

edit attached           # who sees no names does not know that it is there
  own      111 033+0+ 0 3+ 00 ++
  shared   111 000000 0 30 00 ++
  foreign  111 000000 + 30 00 ++
  trashed  111 000000 0 30 00 00
  guessed  111 000000 0 30 00 00

bring in                # into a project; an administrator makes one by naming it
  own      111 333+++ 0 3+ 00 ++
  shared   111 333333 0 33 00 ++
  foreign  111 000000 + 30 00 ++
  trashed  111 000000 0 30 00 00
  guessed  111 000000 0 30 00 +0

bring into case
  own      111 333+3+ 0 3+ 00 ++
  shared   111 333333 0 33 00 ++
  foreign  111 000000 + 30 00 ++
  trashed  111 000000 0 30 00 00
  guessed  111 000000 0 30 00 +0

manage
  own      111 33333+ 0 3+ 00 ++
  shared   111 333333 0 33 00 ++
  foreign  111 000000 + 30 00 ++
  trashed  111 000000 0 30 00 00
  guessed  111 000000 0 30 00 00

restore                 # only what lies in the trash
  own      111 000000 0 30 00 00
  shared   111 000000 0 30 00 00
  foreign  111 000000 0 30 00 00
  trashed  111 33333+ 0 3+ 00 ++
  guessed  111 000000 0 30 00 00

purge                   # what one does not manage is not in one's trash
  own      111 000000 0 30 00 00
  shared   111 000000 0 30 00 00
  foreign  111 000000 0 30 00 00
  trashed  111 00000+ 0 3+ 00 ++
  guessed  111 000000 0 30 00 00

move there              # an own slide into that project
  own      111 33333+ 0 3+ 00 ++
  shared   111 333333 0 33 00 ++
  foreign  111 333330 0 30 00 ++
  trashed  111 333330 0 30 00 00
  guessed  111 333330 0 30 00 00

copy there
  own      111 333+3+ 0 3+ 00 ++
  shared   111 333333 0 33 00 ++
  foreign  111 333000 0 30 00 ++
  trashed  111 333000 0 30 00 00
  guessed  111 333000 0 30 00 00

edit both
  own      111 333+++ 0 3+ 00 ++
  shared   111 333333 0 33 00 ++
  foreign  111 000000 0 30 00 ++
  trashed  111 000000 0 30 00 00
  guessed  111 000000 0 30 00 00

put down above          # lent to a manager elsewhere, who may not put down who manages the project
  own      111 33333+ 3 3+ 00 ++

into a case to look at  # a nearer entry makes of everybody a viewer there
  own      111 333333 0 33 00 ++

open a field            # for who sees no names; the blinded editor manages that project
  own      111 33333+ 0 3+ 00 ++

shared view             # another's: seen where names may be seen, changed by its author
  own      111 033303 0 33 00 ++
  guessed  111 000000 0 30 00 00

my view
  own      111 ++++++ + 3+ ++ ++
  foreign  111 000000 0 30 00 00
  guessed  111 000000 0 30 00 00

my export               # of a slide that one may still see, be it in the trash
  own      110 ++++++ 0 ++ 00 ++
  shared   110 ++++++ 0 ++ 00 ++
  foreign  110 000000 0 00 00 00
  trashed  110 ++++++ 0 ++ 00 ++
  guessed  110 000000 0 00 00 00

my export's file        # what was allowed must still be; what lies in the trash gives no pixels
  own      111 333+3+ 0 ++ 00 ++
  shared   111 333333 0 33 00 ++
  foreign  111 000000 0 00 00 00
  trashed  111 333030 0 00 00 00
  guessed  111 000000 0 00 00 00

my export taken back
  own      111 ++++++ 0 3+ 00 ++
  shared   111 ++++++ 0 3+ 00 ++
  foreign  111 000000 0 30 00 00
  trashed  111 ++++++ 0 3+ 00 ++
  guessed  111 000000 0 30 00 00

my upload
  own      111 ++++++ + 3+ ++ ++
  foreign  111 000000 0 30 00 00
  guessed  111 000000 0 30 00 00

my arrival              # administrators see all that arrives
  own      111 ++++++ + 3+ ++ ++
  foreign  111 000000 0 30 00 ++
  guessed  111 000000 0 30 00 00

my token
  own      111 ++++++ + 3+ ++ ++
  foreign  111 000000 0 30 00 00
  guessed  111 000000 0 30 00 00

my browser's            # a person's own account, in a browser, never by a script
  own      111 ++++++ + 33 ++ +3
  foreign  111 000000 0 33 00 03
  guessed  111 000000 0 33 00 03

list                    # everybody who is signed in, each their own
  own      11+ ++++++ + ++ ++ ++

signed in
  own      111 ++++++ + ++ ++ ++

signed in to write
  own      111 ++++++ + 3+ ++ ++

browser
  own      111 ++++++ + 33 ++ +3

browser without proof   # a wrong code, key or answer
  own      111 111111 1 33 11 13

audit                   # auditors and administrators
  own      113 333333 3 33 +3 ++

administer
  own      111 333333 3 33 33 +3
  guessed  111 333333 3 33 33 03

run                     # the machine
  own      111 333333 3 33 3+ +3
  guessed  111 333333 3 33 30 03

top project
  own      111 333333 3 33 33 +3

metrics                 # a listed address or any token; a cookie is no key
  own      111 111111 1 ++ 11 1+ 11 11

public
  own      +++ ++++++ + ++ ++ ++ ++ ++

no door                 # what opens nothing without a secret
  own      111 111111 1 11 11 11 11 11

closed
  own      333 333333 3 33 33 33 33 33

nothing there
  own      000 000000 0 00 00 00 00 00
"""
