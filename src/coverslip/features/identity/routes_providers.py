"""Providers of accounts that are kept elsewhere, for administrators, over HTTP."""

from typing import Annotated, Final

from fastapi import APIRouter, Path

from coverslip.core.errors import Conflict, InvalidRequest, NotFound, TooManyAttempts
from coverslip.core.identity_errors import ConfirmFirst
from coverslip.core.time import utc_now
from coverslip.features.identity import elsewhere, external, people, providers, store_external
from coverslip.features.identity.guard import CurrentCaller, CurrentViewer, administrator, proof
from coverslip.features.identity.routes_me import IdPath
from coverslip.features.identity.routes_people import row_out
from coverslip.features.identity.schemas_people import PersonRowOut
from coverslip.features.identity.schemas_providers import (
    GroupRuleOut,
    LinkAccountIn,
    ProviderOut,
    ProvidersOut,
    ProviderTestIn,
    ProviderTestOut,
    TestStepOut,
)
from coverslip.infra.web import CurrentRuntime, problems

router: Final = APIRouter(tags=["people"])

NamePath = Annotated[str, Path(max_length=40, pattern=r"^[a-z0-9-]+$")]


@router.get("/people/sign-in", dependencies=[administrator])
def list_providers(runtime: CurrentRuntime) -> ProvidersOut:
    """List the providers of the identity file, with what keeps one from working."""
    found = providers.configured(runtime.settings)
    with runtime.db.read() as session:
        counts = store_external.count_by_provider(session)
    return ProvidersOut(
        configured=runtime.settings.identity_file is not None,
        sentence=found.sentence,
        items=[
            ProviderOut(
                name=one.name,
                title=one.title,
                kind=one.kind,
                way=one.way,
                sentence=one.sentence,
                rules=[GroupRuleOut.model_validate(rule) for rule in one.rules],
                people=counts.get(one.name, 0),
            )
            for one in found.items
        ],
    )


@router.post("/people/sign-in/{name}/test", dependencies=[administrator], responses=problems(NotFound, TooManyAttempts))
def try_provider(
    name: NamePath, body: ProviderTestIn, viewer: CurrentViewer, caller: CurrentCaller, runtime: CurrentRuntime
) -> ProviderTestOut:
    """Say step by step how somebody would sign in by a provider; a password is tried once and not kept."""
    steps = elsewhere.tried(runtime, name, body.user_name, body.password, by=viewer, caller=caller)
    return ProviderTestOut(
        steps=[TestStepOut.model_validate(one) for one in steps], passed=all(one.outcome != "failed" for one in steps)
    )


@router.post(
    "/people/{person_id}/link",
    dependencies=[administrator, proof],
    responses=problems(ConfirmFirst, NotFound, Conflict, InvalidRequest),
)
def link_account(
    person_id: IdPath, body: LinkAccountIn, viewer: CurrentViewer, runtime: CurrentRuntime
) -> PersonRowOut:
    """Have a person sign in by their account elsewhere from now on; their password here is deleted."""
    with runtime.db.transaction() as session:
        external.link(session, runtime.settings, person_id, body.provider, body.key, by=viewer, now=utc_now())
        return row_out(people.get_row(session, person_id))
