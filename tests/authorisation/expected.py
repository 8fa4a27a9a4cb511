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
=====  ==========================================================================================

The objects: ``own`` lies where the principals have their roles; ``shared`` was shared with their group to look at;
``foreign`` belongs to the other project; ``trashed`` lies in the trash of their own; ``guessed`` is nobody's id.
What is a person's own business (sessions, exports, uploads) has ``own`` for theirs and ``foreign`` for a stranger's.
"""

from typing import Final

COLUMNS: Final = "aep vrndbm o RW UP AT"
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
}
OBJECTS: Final = ("own", "shared", "foreign", "trashed", "guessed")

# A rule is one line for each object that it speaks of.
RULES: Final = """
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

look at both            # an own slide and that one
  own      110 ++++++ 0 ++ 00 ++
  shared   110 ++++++ 0 ++ 00 ++
  foreign  110 000000 0 00 00 ++
  trashed  110 000000 0 00 00 00
  guessed  110 000000 0 00 00 00

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

top project
  own      111 333333 3 33 33 +3

metrics                 # a listed address or any token; a cookie is no key
  own      111 111111 1 ++ 11 1+

public
  own      +++ ++++++ + ++ ++ ++

no door                 # what opens nothing without a secret
  own      111 111111 1 11 11 11

closed
  own      333 333333 3 33 33 33

nothing there
  own      000 000000 0 00 00 00
"""

# Each route with the object that its address or body names, and its rule. A route may have several rows. After a
# slash stand the statuses besides 2xx and 304 that mean "it was allowed": there was nothing to do, say.
TABLE: Final = """
GET    /api/v1/openapi.json                                       -            public
GET    /api/v1/app                                                -            public
GET    /healthz                                                   -            public
GET    /readyz                                                    -            public
GET    /metrics                                                   -            metrics
POST   /api/v1/csp-report                                         -            public

GET    /api/v1/session/options                                    -            public
POST   /api/v1/session                                            -            no door
POST   /api/v1/session/second-factor                              -            no door
POST   /api/v1/session/passkey/begin                              -            public
POST   /api/v1/session/passkey                                    -            no door
GET    /api/v1/session                                            -            signed in
DELETE /api/v1/session                                            -            signed in to write
POST   /api/v1/session/activity                                   -            signed in to write
POST   /api/v1/session/confirm/begin                              -            browser
POST   /api/v1/session/confirm                                    -            browser
GET    /api/v1/terms                                              -            nothing there
POST   /api/v1/me/terms                                           -            signed in to write / 409
GET    /api/v1/me                                                 -            signed in
PATCH  /api/v1/me                                                 -            browser
PUT    /api/v1/me/password                                        -            browser
POST   /api/v1/password-check                                     -            public
POST   /api/v1/me/totp                                            -            browser
DELETE /api/v1/me/totp                                            -            browser
POST   /api/v1/me/totp/confirm                                    -            browser without proof
POST   /api/v1/me/recovery-codes                                  -            browser
GET    /api/v1/me/passkeys                                        -            signed in
POST   /api/v1/me/passkeys                                        -            browser without proof
POST   /api/v1/me/passkeys/begin                                  -            browser
DELETE /api/v1/me/passkeys/{passkey_id}                           passkey      my browser's
GET    /api/v1/me/sessions                                        -            browser
DELETE /api/v1/me/sessions                                        -            browser
DELETE /api/v1/me/sessions/{session_id}                           session      my browser's
GET    /api/v1/me/tokens                                          -            signed in
POST   /api/v1/me/tokens                                          -            browser
DELETE /api/v1/me/tokens/{token_id}                               token        my token
GET    /api/v1/me/preferences                                     -            signed in
PUT    /api/v1/me/preferences                                     -            signed in to write
GET    /api/v1/display-checks                                     -            signed in
POST   /api/v1/display-checks                                     -            signed in to write
POST   /api/v1/links/look                                         -            nothing there
POST   /api/v1/links/use                                          -            nothing there
POST   /api/v1/registration                                       -            closed

GET    /api/v1/invitations                                        -            administer
POST   /api/v1/invitations                                        -            administer
DELETE /api/v1/invitations/{link_id}                              invitation   administer
GET    /api/v1/people                                             -            administer
POST   /api/v1/people                                             -            administer
GET    /api/v1/people/{person_id}                                 person       administer
PATCH  /api/v1/people/{person_id}                                 person       administer
POST   /api/v1/people/{person_id}/approve                         applicant    administer
POST   /api/v1/people/{person_id}/refuse                          applicant    administer
POST   /api/v1/people/{person_id}/deactivate                      person       administer
POST   /api/v1/people/{person_id}/activate                        left         administer
POST   /api/v1/people/{person_id}/reset-link                      person       administer
DELETE /api/v1/people/{person_id}/second-factor                   person       administer
GET    /api/v1/people/{person_id}/sessions                        person       administer
DELETE /api/v1/people/{person_id}/sessions                        person       administer
GET    /api/v1/people/{person_id}/owned                           person       administer
POST   /api/v1/people/{person_id}/hand-over                       left         administer
GET    /api/v1/tokens                                             -            administer
DELETE /api/v1/tokens/{token_id}                                  any token    administer
GET    /api/v1/groups                                             -            administer
POST   /api/v1/groups                                             -            administer
GET    /api/v1/groups/{group_id}                                  group        administer
PATCH  /api/v1/groups/{group_id}                                  group        administer
DELETE /api/v1/groups/{group_id}                                  group        administer
GET    /api/v1/groups/{group_id}/members                          group        administer
PUT    /api/v1/groups/{group_id}/members/{person_id}              group        administer
DELETE /api/v1/groups/{group_id}/members/{person_id}              group        administer

GET    /api/v1/projects                                           -            list
POST   /api/v1/projects                                           -            top project
POST   /api/v1/projects                                           project      manage
PATCH  /api/v1/projects/{project_id}                              project      manage
GET    /api/v1/projects/{project_id}/settings                     project      look
PUT    /api/v1/projects/{project_id}/settings                     project      manage
PUT    /api/v1/projects/{project_id}/settings                     dim project  open a field
POST   /api/v1/projects/{project_id}/pattern/preview              project      try names
POST   /api/v1/projects/{project_id}/pattern/apply                project      edit names
POST   /api/v1/projects/{project_id}/metadata/import              project      edit names
PUT    /api/v1/projects/{project_id}/visibility                   project      manage
POST   /api/v1/projects/{project_id}/trash                        project      manage
POST   /api/v1/projects/{project_id}/restore                      project      restore
GET    /api/v1/projects/{object_id}/members                       project      manage
GET    /api/v1/projects/{object_id}/members/candidates            project      manage
GET    /api/v1/projects/{object_id}/members/effective             project      manage
GET    /api/v1/projects/{object_id}/members/explain               project      manage
PUT    /api/v1/projects/{object_id}/members/{subject_kind}/{subject_id}     project  manage
DELETE /api/v1/projects/{object_id}/members/{subject_kind}/{subject_id}     project  manage

GET    /api/v1/cases                                              -            list
GET    /api/v1/cases                                              project      look
GET    /api/v1/cases                                              search       list
GET    /api/v1/cases                                              search within  list
POST   /api/v1/cases                                              project      edit names
GET    /api/v1/cases/{case_id}                                    case         look
PATCH  /api/v1/cases/{case_id}                                    case         edit
PATCH  /api/v1/cases/{case_id}                                    case name    edit names
POST   /api/v1/cases/{case_id}/trash                              case         manage
POST   /api/v1/cases/{case_id}/restore                            case         restore
GET    /api/v1/cases/{case_id}/attachments                        case         look
POST   /api/v1/cases/{case_id}/attachments                        case         edit names
GET    /api/v1/cases/{object_id}/members                          case         manage
GET    /api/v1/cases/{object_id}/members/candidates               case         manage
GET    /api/v1/cases/{object_id}/members/effective                case         manage
GET    /api/v1/cases/{object_id}/members/explain                  case         manage
PUT    /api/v1/cases/{object_id}/members/{subject_kind}/{subject_id}        case  manage
PUT    /api/v1/cases/{object_id}/members/{subject_kind}/{subject_id}        lent case  put down above
DELETE /api/v1/cases/{object_id}/members/{subject_kind}/{subject_id}        case  manage

GET    /api/v1/slides                                             -            list
GET    /api/v1/slides                                             project      look
GET    /api/v1/slides                                             search       list
GET    /api/v1/slides/table                                       -            take all tables
GET    /api/v1/slides/table                                       project      take table
POST   /api/v1/slides/batch                                       slide        edit
POST   /api/v1/slides/batch                                       slide name   edit names
GET    /api/v1/slides/{slide_id}                                  slide        look
PATCH  /api/v1/slides/{slide_id}                                  slide        edit
PATCH  /api/v1/slides/{slide_id}                                  slide name   edit names
GET    /api/v1/slides/{slide_id}/neighbours                       slide        look
POST   /api/v1/slides/move                                        slide        manage
POST   /api/v1/slides/move                                        project      move there
POST   /api/v1/slides/move                                        kept case    into a case to look at
POST   /api/v1/slides/copy                                        slide        edit names
POST   /api/v1/slides/copy                                        project      copy there
POST   /api/v1/slides/trash                                       slide        manage
POST   /api/v1/slides/restore                                     slide        restore
GET    /api/v1/trash                                              -            list
POST   /api/v1/trash/purge                                        slide        purge
POST   /api/v1/trash/purge                                        -            signed in to write
GET    /api/v1/slides/{slide_id}/attachments                      slide        look
POST   /api/v1/slides/{slide_id}/attachments                      slide        edit names
GET    /api/v1/attachments/{attachment_id}                        attachment   name
DELETE /api/v1/attachments/{attachment_id}                        attachment   edit attached
GET    /api/v1/slides/{object_id}/members                         slide        manage
GET    /api/v1/slides/{object_id}/members/candidates              slide        manage
GET    /api/v1/slides/{object_id}/members/effective               slide        manage
GET    /api/v1/slides/{object_id}/members/explain                 slide        manage
PUT    /api/v1/slides/{object_id}/members/{subject_kind}/{subject_id}       slide  manage
DELETE /api/v1/slides/{object_id}/members/{subject_kind}/{subject_id}       slide  manage

GET    /api/v1/views                                              -            list
POST   /api/v1/views                                              -            signed in to write
PATCH  /api/v1/views/{view_id}                                    view         my view
DELETE /api/v1/views/{view_id}                                    view         my view
PATCH  /api/v1/views/{view_id}                                    shared view  shared view
DELETE /api/v1/views/{view_id}                                    shared view  shared view

GET    /api/v1/slides/{slide_id}/bookmarks                        slide        look
POST   /api/v1/slides/{slide_id}/bookmarks                        slide        comment
PATCH  /api/v1/bookmarks/{bookmark_id}                            bookmark     edit
DELETE /api/v1/bookmarks/{bookmark_id}                            bookmark     edit
PATCH  /api/v1/bookmarks/{bookmark_id}                            my bookmark  comment
DELETE /api/v1/bookmarks/{bookmark_id}                            my bookmark  comment
GET    /api/v1/alignments/{slide_id}/{other_id}                   slide        look
PUT    /api/v1/alignments/{slide_id}/{other_id}                   slide        edit
DELETE /api/v1/alignments/{slide_id}/{other_id}                   slide        edit
GET    /api/v1/alignments/{slide_id}/{other_id}                   other slide  look at both
PUT    /api/v1/alignments/{slide_id}/{other_id}                   other slide  edit both
DELETE /api/v1/alignments/{slide_id}/{other_id}                   other slide  edit both
GET    /api/v1/presets                                            slide        look
GET    /api/v1/presets                                            project      look
POST   /api/v1/presets                                            slide        edit
POST   /api/v1/presets                                            project      edit
DELETE /api/v1/presets/{preset_id}                                preset       edit
DELETE /api/v1/presets/{preset_id}                                project's preset  edit
GET    /api/v1/slides/{slide_id}/place                            slide        look
PUT    /api/v1/slides/{slide_id}/place                            slide        keep
GET    /api/v1/viewing/opened                                     -            list
GET    /api/v1/slides/{slide_id}/coverage                         slide        look
POST   /api/v1/slides/{slide_id}/coverage                         slide        keep

GET    /api/v1/imports/roots                                      -            administer
POST   /api/v1/imports/roots                                      -            administer
POST   /api/v1/imports/roots/{root_id}/scan                       root         administer
POST   /api/v1/imports/sample                                     -            administer
POST   /api/v1/imports                                            project      bring in
POST   /api/v1/imports                                            case's project  bring into case
POST   /api/v1/imports/batch                                      -            administer
GET    /api/v1/imports/arrivals                                   -            signed in to write
GET    /api/v1/imports/arrivals/{arrival_id}                      arrival      my arrival
POST   /api/v1/imports/arrivals/{arrival_id}/retry                arrival      my arrival / 409
GET    /api/v1/imports/rules                                      -            administer
POST   /api/v1/imports/rules                                      -            administer
PATCH  /api/v1/imports/rules/{rule_id}                            rule         administer
DELETE /api/v1/imports/rules/{rule_id}                            rule         administer
OPTIONS /api/v1/uploads                                           -            public
GET    /api/v1/uploads                                            -            signed in to write
POST   /api/v1/uploads                                            project      bring in
POST   /api/v1/uploads                                            case's project  bring into case
HEAD   /api/v1/uploads/{upload_id}                                upload       my upload
PATCH  /api/v1/uploads/{upload_id}                                upload       my upload
DELETE /api/v1/uploads/{upload_id}                                upload       my upload

GET    /api/v1/slides/{slide_id}/download                         slide        original
GET    /api/v1/downloads                                          slide        original
GET    /api/v1/downloads/size                                     slide        original
GET    /api/v1/slides/{slide_id}/tiles/{z}/{x}/{y}                slide        look
GET    /api/v1/slides/{slide_id}/region                           slide        look
GET    /api/v1/slides/{slide_id}/thumbnail                        slide        look
GET    /api/v1/slides/{slide_id}/associated/{name}                slide        name
GET    /api/v1/slides/{slide_id}/histogram                        slide        look
GET    /api/v1/slides/{slide_id}/pixel                            slide        look
GET    /api/v1/slides/{slide_id}/colour-lut                       coloured     look
GET    /dzi/{slide_id}.dzi                                        slide        look
GET    /dzi/{slide_id}_files/{level}/{name}                       slide        look
GET    /api/v1/slides/{slide_id}/exports/estimate                 slide        take away
POST   /api/v1/slides/{slide_id}/exports                          slide        ask for export
POST   /api/v1/slides/{slide_id}/exports                          slide name   ask for named export
GET    /api/v1/exports                                            -            list
GET    /api/v1/exports/{export_id}                                export       my export
DELETE /api/v1/exports/{export_id}                                export       my export taken back
GET    /api/v1/exports/{export_id}/file                           export       my export's file

GET    /api/v1/audit/records                                      -            audit
GET    /api/v1/audit/sightings                                    -            audit
GET    /api/v1/audit/export                                       -            audit
GET    /api/v1/audit/head                                         -            audit
"""
