"""What the OpenAPI document says about errors: every operation answers problems, in one shape."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from coverslip.infra.web import PROBLEM_TYPE, Problem

_REFERENCE: Final = {"$ref": "#/components/schemas/Problem"}
_REPLACED: Final = ("HTTPValidationError", "ValidationError")


def describe_problems(app: FastAPI) -> None:
    """Make ``app.openapi()`` document problems in place of the framework's own error shape."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to change the document


def _document(app: FastAPI) -> dict[str, Any]:
    document: dict[str, Any] = get_openapi(title=app.title, version=app.version, routes=app.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _REPLACED:
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    for path in document["paths"].values():
        for operation in path.values():
            _describe(operation["responses"])
    return document


def _describe(responses: dict[str, Any]) -> None:
    for status, response in responses.items():
        if status.startswith(("4", "5")) and not response.get("content", {}).get(PROBLEM_TYPE):
            response["content"] = {PROBLEM_TYPE: {"schema": _REFERENCE}}
    responses.setdefault(
        "default", {"description": "Any other error.", "content": {PROBLEM_TYPE: {"schema": _REFERENCE}}}
    )
