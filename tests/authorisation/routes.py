"""The routes of the table: what each names, and the rule that it follows."""

from typing import Final

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
GET    /api/v1/session                                            -            here
DELETE /api/v1/session                                            -            leave
POST   /api/v1/session/activity                                   -            leave
POST   /api/v1/session/external/{name}                            -            nothing there
POST   /api/v1/session/external/{name}/prove                      -            browser / 404
GET    /api/v1/session/external/{name}/callback                   -            public / 303
POST   /api/v1/session/external-step                              -            no door
POST   /api/v1/session/header                                     -            nothing there
POST   /api/v1/session/sign-out                                   -            signed in to write
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
GET    /api/v1/me/notices                                         -            signed in
POST   /api/v1/me/notices/read                                    -            signed in to write
GET    /api/v1/me/notices/choices                                 -            signed in
PUT    /api/v1/me/notices/choices                                 -            signed in to write
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
POST   /api/v1/people/{person_id}/link                            person       administer / 404
GET    /api/v1/people/sign-in                                     -            administer
POST   /api/v1/people/sign-in/{name}/test                         -            administer / 404
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

GET    /api/v1/projects                                           -            show list
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

GET    /api/v1/cases                                              -            show list
GET    /api/v1/cases                                              project      show
GET    /api/v1/cases                                              search       show list
GET    /api/v1/cases                                              search within  show list
POST   /api/v1/cases                                              project      edit names
GET    /api/v1/cases/{case_id}                                    case         show
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

GET    /api/v1/slides                                             -            show list
GET    /api/v1/slides                                             project      show
GET    /api/v1/slides                                             search       show list
GET    /api/v1/slides/table                                       -            take all tables
GET    /api/v1/slides/table                                       project      take table
POST   /api/v1/slides/batch                                       slide        edit
POST   /api/v1/slides/batch                                       slide name   edit names
GET    /api/v1/slides/{slide_id}                                  slide        show
PATCH  /api/v1/slides/{slide_id}                                  slide        edit
PATCH  /api/v1/slides/{slide_id}                                  slide name   edit names
GET    /api/v1/slides/{slide_id}/neighbours                       slide        show
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
GET    /api/v1/slides/{slide_id}/people                            slide        comment
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

GET    /api/v1/slides/{slide_id}/bookmarks                        slide        show
POST   /api/v1/slides/{slide_id}/bookmarks                        slide        comment
PATCH  /api/v1/bookmarks/{bookmark_id}                            bookmark     edit
DELETE /api/v1/bookmarks/{bookmark_id}                            bookmark     edit
PATCH  /api/v1/bookmarks/{bookmark_id}                            my bookmark  comment
DELETE /api/v1/bookmarks/{bookmark_id}                            my bookmark  comment
GET    /api/v1/alignments/{slide_id}/{other_id}                   slide        show
PUT    /api/v1/alignments/{slide_id}/{other_id}                   slide        edit
DELETE /api/v1/alignments/{slide_id}/{other_id}                   slide        edit
GET    /api/v1/alignments/{slide_id}/{other_id}                   other slide  show both
PUT    /api/v1/alignments/{slide_id}/{other_id}                   other slide  edit both
DELETE /api/v1/alignments/{slide_id}/{other_id}                   other slide  edit both
GET    /api/v1/presets                                            slide        show
GET    /api/v1/presets                                            project      show
POST   /api/v1/presets                                            slide        edit
POST   /api/v1/presets                                            project      edit
DELETE /api/v1/presets/{preset_id}                                preset       edit
DELETE /api/v1/presets/{preset_id}                                project's preset  edit
GET    /api/v1/boards                                             -            list
GET    /api/v1/boards                                             project      look
POST   /api/v1/boards                                             project      make a board
GET    /api/v1/boards/{board_id}                                  board        look
PATCH  /api/v1/boards/{board_id}                                  board        edit
PUT    /api/v1/boards/{board_id}/order                            board        edit
DELETE /api/v1/boards/{board_id}                                  board        edit
PATCH  /api/v1/boards/{board_id}                                  my board     make a board
PUT    /api/v1/boards/{board_id}/order                            my board     make a board
DELETE /api/v1/boards/{board_id}                                  my board     make a board
GET    /api/v1/boards/{board_id}/handout.pdf                      board        look
GET    /api/v1/slides/{slide_id}/place                            slide        look
PUT    /api/v1/slides/{slide_id}/place                            slide        keep
GET    /api/v1/viewing/opened                                     -            list
GET    /api/v1/slides/{slide_id}/coverage                         slide        look
POST   /api/v1/slides/{slide_id}/coverage                         slide        keep

GET    /api/v1/slides/{slide_id}/annotations                      slide        show
POST   /api/v1/slides/{slide_id}/annotations/ops                  slide        draw
POST   /api/v1/slides/{slide_id}/annotations/ops                  slide remark  remark
POST   /api/v1/slides/{slide_id}/annotations/import               slide        bring a layer
GET    /api/v1/slides/{slide_id}/annotations/export               slide        take away
GET    /api/v1/annotations/formats                                -            signed in
GET    /api/v1/projects/{project_id}/annotation-files             project      bring a layer
POST   /api/v1/projects/{project_id}/annotation-files             project      bring a layer
GET    /api/v1/slides/{slide_id}/journal                          slide        show
GET    /api/v1/slides/{slide_id}/annotations/timeline             slide        show
GET    /api/v1/slides/{slide_id}/annotations/{annotation_id}/history        annotation  history
GET    /api/v1/annotations/slides                                 -            list
GET    /api/v1/annotations/slides                                 project      look
GET    /api/v1/slides/{slide_id}/layers                           slide        show
POST   /api/v1/slides/{slide_id}/layers                           slide        draw
PATCH  /api/v1/slides/{slide_id}/layers/{layer_id}                layer        change layer
DELETE /api/v1/slides/{slide_id}/layers/{layer_id}                layer        delete layer
POST   /api/v1/slides/{slide_id}/layers/import                    slide        bring a layer
GET    /api/v1/slides/{slide_id}/layers/{layer_id}/result         result       history
GET    /api/v1/slides/{slide_id}/layers/{layer_id}/result/tiles/{z}/{x}/{y}.mvt  result  history
GET    /api/v1/slides/{slide_id}/layers/{layer_id}/result/centroids         result  history
GET    /api/v1/slides/{slide_id}/layers/{layer_id}/result/columns/{name:path}  result  history
GET    /api/v1/slides/{slide_id}/layers/{layer_id}/result/objects/{object_no}  result  history
POST   /api/v1/slides/{slide_id}/layers/{layer_id}/result/select            result  keep
POST   /api/v1/slides/{slide_id}/layers/{layer_id}/result/summary           result  keep
GET    /api/v1/slides/{slide_id}/layers/{layer_id}/result/export            result  take away
GET    /api/v1/slides/{slide_id}/layers/{layer_id}/overlay        overlay      history
GET    /api/v1/slides/{slide_id}/layers/{layer_id}/overlay/tiles/{z}/{x}/{y}   overlay  history
GET    /api/v1/slides/{slide_id}/classes                          slide        show
GET    /api/v1/projects/{project_id}/classes                      project      look
PUT    /api/v1/projects/{project_id}/classes                      project      manage

GET    /api/v1/imports/roots                                      -            run
POST   /api/v1/imports/roots                                      -            administer
POST   /api/v1/imports/roots/{root_id}/scan                       root         run
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
GET    /api/v1/slides/{slide_id}/tiles/{z}/{x}/{y}                slide        show
GET    /api/v1/slides/{slide_id}/region                           slide        look
GET    /api/v1/slides/{slide_id}/thumbnail                        slide        show
GET    /api/v1/slides/{slide_id}/associated/{name}                slide        show name
GET    /api/v1/slides/{slide_id}/histogram                        slide        show
GET    /api/v1/slides/{slide_id}/pixel                            slide        show
GET    /api/v1/slides/{slide_id}/colour-lut                       coloured     show
GET    /dzi/{slide_id}.dzi                                        slide        look
GET    /dzi/{slide_id}_files/{level}/{name}                       slide        look
GET    /api/v1/slides/{slide_id}/exports/estimate                 slide        take away
POST   /api/v1/slides/{slide_id}/exports                          slide        ask for export
POST   /api/v1/slides/{slide_id}/exports                          slide name   ask for named export
GET    /api/v1/exports                                            -            list
GET    /api/v1/exports/{export_id}                                export       my export
DELETE /api/v1/exports/{export_id}                                export       my export taken back
GET    /api/v1/exports/{export_id}/file                           export       my export's file

POST   /api/v1/shares                                             project      manage
POST   /api/v1/shares                                             case         manage
POST   /api/v1/shares                                             slide        manage
POST   /api/v1/shares                                             dim project  open a field
GET    /api/v1/shares                                             -            signed in to write
POST   /api/v1/shares/check                                       slide        manage
GET    /api/v1/shares/{share_id}                                  share        link
PATCH  /api/v1/shares/{share_id}                                  share        link
PATCH  /api/v1/shares/{share_id}                                  dim share    open a field
POST   /api/v1/shares/{share_id}/preview                          share        link
DELETE /api/v1/shares/{share_id}                                  share        link
POST   /api/v1/share/look                                         -            public
POST   /api/v1/share/open                                         -            nothing there
POST   /api/v1/share/request                                      -            nothing there
POST   /api/v1/share/done                                         -            by a share link

GET    /api/v1/audit/records                                      -            audit
GET    /api/v1/audit/sightings                                    -            audit
GET    /api/v1/audit/export                                       -            audit
GET    /api/v1/audit/head                                         -            audit
"""
