"""A project's schema: whether values keep its rules, and what a new record starts with. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from coverslip.core.errors import FieldProblem, InvalidRequest
from coverslip.features.slides.schemas import FieldValue
from coverslip.features.slides.schemas_cases import FieldRule, FieldType

TYPED: Final = ("part", "block", "stain", "label_text")
"""Columns of a slide that a schema may describe as well."""
_LONGEST_FORM: Final = 200
_MOST_REPEATS: Final = 3
_QUANTIFIED_GROUP: Final = re.compile(r"\)\s*[*+{]|\\\d|\(\?[=!<P(]")


def problem_of(rule: FieldRule, value: FieldValue) -> str | None:
    """Say what is wrong with one value, None when nothing is."""
    if value is None or value == "":
        return f"{_shown(rule)} is required" if rule.required else None
    wrong = _type_problem(rule, value)
    if wrong is not None:
        return f"{_shown(rule)} must be {wrong}"
    if rule.pattern is not None and isinstance(value, str) and not _has_form(rule.pattern, value):
        return f"{_shown(rule)} does not have the form that the project asks for"
    if isinstance(value, int | float) and not isinstance(value, bool):
        if rule.minimum is not None and value < rule.minimum:
            return f"{_shown(rule)} must be at least {rule.minimum:g}"
        if rule.maximum is not None and value > rule.maximum:
            return f"{_shown(rule)} must be at most {rule.maximum:g}"
    return None


def check(rules: Sequence[FieldRule], changed: Mapping[str, FieldValue]) -> list[FieldProblem]:
    """Return what is wrong with changed values, by their pointer in a patch."""
    found = []
    for rule in rules:
        if rule.key not in changed:
            continue
        wrong = problem_of(rule, changed[rule.key])
        if wrong is not None:
            pointer = f"/{rule.key}" if rule.key in TYPED else f"/fields/{_escaped(rule.key)}"
            found.append(FieldProblem(pointer, wrong))
    return found


def defaults(rules: Sequence[FieldRule]) -> dict[str, FieldValue]:
    """Return the values that a new record starts with."""
    return {rule.key: rule.default for rule in rules if rule.default is not None and rule.key not in TYPED}


def check_rules(rules: Sequence[FieldRule]) -> None:
    """Refuse a schema that could not be kept.

    Raises
    ------
    InvalidRequest
        Names each rule that contradicts itself.
    """
    problems = []
    for number, rule in enumerate(rules):
        wrong = _rule_problem(rule)
        if wrong is not None:
            problems.append(FieldProblem(f"/metadata_schema/{number}/{wrong[0]}", wrong[1]))
    if problems:
        raise InvalidRequest(f"The schema cannot be used: {problems[0].detail}.", problems)


def converted(rule: FieldRule | None, text: str) -> FieldValue:
    """Return the text of a table's cell as the value that a rule asks for; what does not fit stays text."""
    if rule is None or text == "":
        return text or None
    folded = text.strip().casefold()
    try:
        if rule.type is FieldType.INTEGER:
            return int(folded)
        if rule.type is FieldType.NUMBER:
            return float(folded.replace(",", ".") if "." not in folded else folded)
    except ValueError:
        return text
    if rule.type is FieldType.BOOLEAN and folded in _BOOLEANS:
        return _BOOLEANS[folded]
    if rule.type is FieldType.ENUM:
        return next((option for option in rule.options or () if option.casefold() == folded), text)
    return text


_BOOLEANS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _type_problem(rule: FieldRule, value: Any) -> str | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if rule.type is FieldType.NUMBER:
        return None if number else "a number"
    if rule.type is FieldType.INTEGER:
        return None if number and float(value).is_integer() else "a whole number"
    if rule.type is FieldType.BOOLEAN:
        return None if isinstance(value, bool) else "yes or no"
    if rule.type is FieldType.DATE:
        return None if isinstance(value, str) and _is_date(value) else "a date such as 2026-11-26"
    if rule.type is FieldType.ENUM:
        return None if value in (rule.options or ()) else f"one of {', '.join(rule.options or ())}"
    return None if isinstance(value, str) else "text"


def _has_form(pattern: str, value: str) -> bool:
    return len(value) <= _LONGEST_FORM and re.fullmatch(pattern, value) is not None


def _is_date(value: str) -> bool:
    try:
        return re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None and date.fromisoformat(value) is not None
    except ValueError:
        return False


def _rule_problem(rule: FieldRule) -> tuple[str, str] | None:
    if rule.type is FieldType.ENUM and not rule.options:
        return "options", "a field with a list of values needs that list"
    if rule.key in TYPED and rule.type not in (FieldType.STRING, FieldType.ENUM):
        return "type", f"{rule.key} is text"
    if rule.minimum is not None and rule.maximum is not None and rule.minimum > rule.maximum:
        return "minimum", "the smallest value is above the largest"
    if rule.pattern is not None:
        if rule.type is not FieldType.STRING:
            return "pattern", "only text has a form"
        # Nested repetition takes time beyond measure on a value made for it; a form of a field needs none.
        if _QUANTIFIED_GROUP.search(rule.pattern) or len(re.findall(r"[*+]|\{\d*,", rule.pattern)) > _MOST_REPEATS:
            return "pattern", "a form may repeat no group and at most three characters"
        try:
            re.compile(rule.pattern)
        except (re.error, OverflowError, RecursionError):
            return "pattern", "this is no regular expression"
    if rule.default is not None and problem_of(rule, rule.default) is not None:
        return "default", "the default does not keep the rule"
    return None


def _shown(rule: FieldRule) -> str:
    return rule.label or rule.key


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
