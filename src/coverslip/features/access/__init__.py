"""Who may do what on what: scopes, entries, list filters as SQL, and the policy of every route.

Everything that can be seen hangs in a tree of scopes; an entry on a scope holds for all below it
until a nearer entry says otherwise. Closed by default: a route without a policy does not start, a
list without ``visible`` shows nothing.
"""

from typing import Final

from fastapi import APIRouter

from coverslip.features.access import routes_share, routes_shares, share_ending, share_opening
from coverslip.features.access.catalogue import Catalogue, Thing, register_catalogue, register_texts
from coverslip.features.access.circle import Circle, Onlooking, find_onlookers, members_at
from coverslip.features.access.claims import Claims, claims_of
from coverslip.features.access.explaining import Step, explain
from coverslip.features.access.grants import Granted, Grants
from coverslip.features.access.members import (
    Entry,
    Level,
    SubjectKind,
    entry_text,
    levels,
    put_entry,
    put_visibility,
    remove_entry,
)
from coverslip.features.access.naming import (
    Named,
    find_named,
    group_ids_of,
    groups_named,
    people_named,
)
from coverslip.features.access.policies import check_policies, policy
from coverslip.features.access.rules import (
    ALL_RIGHTS,
    DEFAULT_RIGHTS,
    FULL,
    NOTHING,
    VISITOR,
    Action,
    Right,
    Role,
    Standing,
    Visibility,
    reads_words,
)
from coverslip.features.access.schemas_shares import ShareIn
from coverslip.features.access.service import (
    check,
    count_entries,
    create_scope,
    delete_scopes,
    forget_group,
    grant,
    may,
    move_entries,
    refusal,
    reparent,
    require,
    require_admin,
    require_auditor,
    require_operator,
    revoke,
    set_visibility,
    standing,
    standings,
    visibility_of_scopes,
    visible,
)
from coverslip.features.access.share_ending import end_share, end_trashed_shares, sweep
from coverslip.features.access.share_events import ShareEvent, shares_ending, when_share_is_done
from coverslip.features.access.share_opening import framed_by
from coverslip.features.access.share_sight import shows_annotations, shows_names
from coverslip.features.access.shares import create_share
from coverslip.features.identity import Owned, describe_shares, register_owned, when_group_goes

register_owned(
    Owned("memberships", count_entries, move_entries),
    Owned("share links", share_ending.count_shares, share_ending.move_shares),
)
when_group_goes("access", forget_group)
describe_shares(share_opening.seen)

router: Final = APIRouter()
for part in (routes_shares, routes_share):
    router.include_router(part.router)

__all__ = [
    "ALL_RIGHTS",
    "DEFAULT_RIGHTS",
    "FULL",
    "NOTHING",
    "VISITOR",
    "Action",
    "Catalogue",
    "Circle",
    "Claims",
    "Entry",
    "Granted",
    "Grants",
    "Level",
    "Named",
    "Onlooking",
    "Right",
    "Role",
    "ShareEvent",
    "ShareIn",
    "Standing",
    "Step",
    "SubjectKind",
    "Thing",
    "Visibility",
    "check",
    "check_policies",
    "claims_of",
    "count_entries",
    "create_scope",
    "create_share",
    "delete_scopes",
    "end_share",
    "end_trashed_shares",
    "entry_text",
    "explain",
    "find_named",
    "find_onlookers",
    "forget_group",
    "framed_by",
    "grant",
    "group_ids_of",
    "groups_named",
    "levels",
    "may",
    "members_at",
    "move_entries",
    "people_named",
    "policy",
    "put_entry",
    "put_visibility",
    "reads_words",
    "refusal",
    "register_catalogue",
    "register_texts",
    "remove_entry",
    "reparent",
    "require",
    "require_admin",
    "require_auditor",
    "require_operator",
    "revoke",
    "router",
    "set_visibility",
    "shares_ending",
    "shows_annotations",
    "shows_names",
    "standing",
    "standings",
    "sweep",
    "visibility_of_scopes",
    "visible",
    "when_share_is_done",
]
