"""People, groups, sessions and tokens: who is looking.

Every room above may ask who is behind a request (:data:`CurrentViewer`, :func:`authenticate`), who
people and groups are (:func:`people_by_ids`, :func:`groups_by_ids`), and take part when somebody
hands over what they own (:class:`Owned`, :func:`register_owned`).
This room never decides what somebody may see; that is ``access``.
"""

from typing import Final

from fastapi import APIRouter

from coverslip.features.identity import (
    routes,
    routes_external,
    routes_groups,
    routes_links,
    routes_me,
    routes_people,
    routes_providers,
)
from coverslip.features.identity.callers import Caller, SignedIn
from coverslip.features.identity.elsewhere import explain as explain_sign_in
from coverslip.features.identity.elsewhere import password_providers
from coverslip.features.identity.external import link as link_person
from coverslip.features.identity.external import unlink as unlink_person
from coverslip.features.identity.first_administrator import (
    ensure_administrator,
    issue_one_time,
    local_administrator,
)
from coverslip.features.identity.groups import (
    GroupInfo,
    add_group,
    add_member,
    delete_group,
    drop_member,
    group_by_name,
    groups_by_ids,
    groups_of,
    members_of_groups,
    search_groups,
    when_group_goes,
)
from coverslip.features.identity.guard import (
    CSRF_HEADER,
    CurrentCaller,
    CurrentSite,
    CurrentViewer,
    Guest,
    Onlooker,
    Policy,
    administrator,
    by_share,
    onlooker,
    public,
    signed_in,
)
from coverslip.features.identity.lifecycle import activate, approve, deactivate, forget_second_factor, refuse
from coverslip.features.identity.links import NewLink, invite, invite_person, reset
from coverslip.features.identity.lookups import names_by_ids, people_called, person_viewer
from coverslip.features.identity.owners import Owned, OwnedCount, hand_over, owned_by
from coverslip.features.identity.owners import register as register_owned
from coverslip.features.identity.passkeys import Site
from coverslip.features.identity.passwords import check as check_password
from coverslip.features.identity.passwords import fits as password_fits
from coverslip.features.identity.passwords import hashed as hash_password
from coverslip.features.identity.passwords import put as put_password
from coverslip.features.identity.people import (
    NewPerson,
    PersonChanges,
    PersonInfo,
    PersonRow,
    add_person,
    change_person,
    get_person,
    get_row,
    list_people,
    people_by_ids,
    person_by_user_name,
    search_people,
)
from coverslip.features.identity.presented import SHARE_HEADER, SHARE_QUERY, Presented, bearer_of, presented_by
from coverslip.features.identity.recheck import Recheck, chores
from coverslip.features.identity.schemas_shares import ShareSeen, ShareSeenStart
from coverslip.features.identity.sessions import (
    COOKIE,
    SWEEP_EVERY_S,
    authenticate,
    authenticate_hashed,
    drop_sight,
    end_sessions,
    list_sessions,
    needs_touch,
    sign_out,
    sweep,
    touch,
)
from coverslip.features.identity.share_sessions import SHARE_COOKIE
from coverslip.features.identity.share_sessions import drop as drop_share_sight
from coverslip.features.identity.share_sessions import end_all as end_share_sessions
from coverslip.features.identity.share_sessions import last_seen as share_last_seen
from coverslip.features.identity.share_sessions import limit as limit_share_sessions
from coverslip.features.identity.share_sessions import link_of as link_of_share_session
from coverslip.features.identity.share_sessions import start as start_share_session
from coverslip.features.identity.shared import register as describe_shares
from coverslip.features.identity.store_people import PeopleFilter
from coverslip.features.identity.tokens import ApiTokenInfo, create_token, list_tokens, revoke_token
from coverslip.features.identity.viewer import ANONYMOUS, SYSTEM, OrganisationRole, Viewer, credential_hash

router: Final = APIRouter()
for part in (routes, routes_external, routes_me, routes_links, routes_providers, routes_people, routes_groups):
    router.include_router(part.router)

__all__ = [
    "ANONYMOUS",
    "COOKIE",
    "CSRF_HEADER",
    "SHARE_COOKIE",
    "SHARE_HEADER",
    "SHARE_QUERY",
    "SWEEP_EVERY_S",
    "SYSTEM",
    "ApiTokenInfo",
    "Caller",
    "CurrentCaller",
    "CurrentSite",
    "CurrentViewer",
    "GroupInfo",
    "Guest",
    "NewLink",
    "NewPerson",
    "Onlooker",
    "OrganisationRole",
    "Owned",
    "OwnedCount",
    "PeopleFilter",
    "PersonChanges",
    "PersonInfo",
    "PersonRow",
    "Policy",
    "Presented",
    "Recheck",
    "ShareSeen",
    "ShareSeenStart",
    "SignedIn",
    "Site",
    "Viewer",
    "activate",
    "add_group",
    "add_member",
    "add_person",
    "administrator",
    "approve",
    "authenticate",
    "authenticate_hashed",
    "bearer_of",
    "by_share",
    "change_person",
    "check_password",
    "chores",
    "create_token",
    "credential_hash",
    "deactivate",
    "delete_group",
    "describe_shares",
    "drop_member",
    "drop_share_sight",
    "drop_sight",
    "end_sessions",
    "end_share_sessions",
    "ensure_administrator",
    "explain_sign_in",
    "forget_second_factor",
    "get_person",
    "get_row",
    "group_by_name",
    "groups_by_ids",
    "groups_of",
    "hand_over",
    "hash_password",
    "invite",
    "invite_person",
    "issue_one_time",
    "limit_share_sessions",
    "link_of_share_session",
    "link_person",
    "list_people",
    "list_sessions",
    "list_tokens",
    "local_administrator",
    "members_of_groups",
    "names_by_ids",
    "needs_touch",
    "onlooker",
    "owned_by",
    "password_fits",
    "password_providers",
    "people_by_ids",
    "people_called",
    "person_by_user_name",
    "person_viewer",
    "presented_by",
    "public",
    "put_password",
    "refuse",
    "register_owned",
    "reset",
    "revoke_token",
    "router",
    "search_groups",
    "search_people",
    "share_last_seen",
    "sign_out",
    "signed_in",
    "start_share_session",
    "sweep",
    "touch",
    "unlink_person",
    "when_group_goes",
]
