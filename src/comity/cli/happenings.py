"""What has happened, as the options of `comity replan` tell it, turned into amendments. All errors end the command with 2."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from comity.cli.places import fail

if TYPE_CHECKING:
    from comity.model.amendment import Amendment
    from comity.model.calendar import Month
    from comity.model.programme import Programme


def month(text: str, option: str) -> Month:
    """`2031-01`."""
    from comity.model.calendar import Month

    try:
        return Month.parse(text)
    except ValueError as error:
        fail(f"{option}: {error}")


def withdrawal(partner: str, since: Month) -> Amendment:
    """`--withdraw AGENCY`."""
    from comity.model.amendment import Withdraw

    return Withdraw(partner=partner, month=since)


def cut(text: str, since: Month, programme: Programme) -> Amendment:
    """`PARTNER=20%`, `PARTNER=30 MEUR@2025`, either with `:YEAR` or `:YEAR-YEAR`; default: every year still to come."""
    from pydantic import TypeAdapter

    from comity.model.amendment import BudgetCut
    from comity.model.money import Money
    from comity.model.quantities import Fraction

    partner, measure = _two(text, "--cut", "esa=20%, esa=30 MEUR@2025 or esa=20%:2031-2034")
    measure, _, when = measure.partition(":")
    last = programme.programme.horizon.end.year
    first = since.year if since.month == 1 else since.year + 1
    years = _years(when, text) if when else tuple(range(first, last + 1))
    if not years:
        fail(
            f"--cut {text}: no whole year of the horizon is left after {since}; name years, as in {partner}=20%:{last}"
        )
    try:
        if measure.strip().endswith("%"):
            return BudgetCut(partner=partner, years=years, factor=1 - TypeAdapter(Fraction).validate_python(measure))
        return BudgetCut(partner=partner, years=years, amount=Money.parse(measure))
    except ValueError as error:
        fail(f"--cut {text}: {_first(error)}; a part of the budget is written as 20%")


def failure(text: str, since: Month) -> Amendment:
    """`MISSION/ELEMENT`."""
    from comity.model.amendment import LaunchFailure

    mission, element = _place(text, "--fail", "jwst/launch")
    return LaunchFailure(mission=mission, element=element, month=since)


def lateness(text: str) -> Amendment:
    """`MISSION/ELEMENT=6` or `=6 months`: it takes so much longer; `=2033-04`: it cannot start before."""
    from pydantic import TypeAdapter

    from comity.model.amendment import Delay
    from comity.model.calendar import Month
    from comity.model.quantities import Duration

    where, measure = _two(text, "--delay", "moon/bus=6, moon/bus=1 year or moon/bus=2033-04")
    mission, element = _place(where, "--delay", "moon/bus=6")
    try:
        if "-" in measure.strip("-"):
            return Delay(mission=mission, element=element, not_before=Month.parse(measure))
        longer = f"{measure} months" if measure.isdigit() else measure
        return Delay(mission=mission, element=element, months=TypeAdapter(Duration).validate_python(longer))
    except ValueError as error:
        fail(f"--delay {text}: {_first(error)}")


def newcomer(file: Path) -> list[Amendment]:
    """A file of `partner:` (with its `id`) and `options:`."""
    return [_amendment({"kind": "join", **_mapping(file)}, str(file))]


def export_rule(file: Path) -> list[Amendment]:
    """A file of export rules by identifier, as under `export_control:`."""
    raw = _mapping(file)
    rules = raw.get("export_control", raw)
    if not isinstance(rules, dict) or not all(isinstance(rule, dict) for rule in rules.values()):
        fail(f"{file}: export rules stand by identifier, as under export_control: in a programme")
    return [_amendment({"kind": "export_rule", "id": name, "rule": rule}, str(file)) for name, rule in rules.items()]


def amendments(file: Path) -> list[Amendment]:
    """A file with a list of amendments of any kind, or one such list under `amendments:`."""
    raw = _plain(file)
    listed = raw.get("amendments") if isinstance(raw, dict) else raw
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        fail(f"{file}: a list of amendments is needed, such as `- {{kind: withdraw, partner: esa, month: 2031-01}}`")
    return [_amendment(entry, f"{file}: amendment {i}") for i, entry in enumerate(listed, 1)]


# --- reading -----------------------------------------------------------------------------------------------------------


def _amendment(raw: dict[str, Any], where: str) -> Amendment:
    from comity.model.amendment import from_dict

    try:
        return from_dict(raw)
    except ValueError as error:
        fail(f"{where}: {error}")


def _mapping(file: Path) -> dict[str, Any]:
    raw = _plain(file)
    if not isinstance(raw, dict):
        fail(f"{file}: a mapping is needed")
    return raw


def _plain(file: Path) -> Any:
    """A YAML (or JSON) file as plain values, read as programmes are."""
    from comity.model.yaml_tree import parse

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}")
    node, errors = parse(text, str(file))
    if errors:
        fail("\n".join(f"{e.at}: {e.message}" + (f"; {e.hint}" if e.hint else "") for e in errors))
    if node is None:
        fail(f"{file}: is empty")
    return node.plain()


def _two(text: str, option: str, example: str) -> tuple[str, str]:
    left, equals, right = (part.strip() for part in text.partition("="))
    if not (left and equals and right):
        fail(f"{option} {text}: write it as {example}")
    return left, right


def _place(text: str, option: str, example: str) -> tuple[str, str]:
    mission, slash, element = (part.strip() for part in text.partition("/"))
    if not (mission and slash and element):
        fail(f"{option} {text}: an element is written as MISSION/ELEMENT, as in {example}")
    return mission, element


def _years(text: str, whole: str) -> tuple[int, ...]:
    first, dash, last = (part.strip() for part in text.partition("-"))
    given = (first, last if dash else first)
    if not all(year.isdigit() and len(year) == 4 for year in given) or int(given[1]) < int(given[0]):
        fail(f"--cut {whole}: {text!r} is not a year or a span of years, such as 2031 or 2031-2034")
    return tuple(range(int(given[0]), int(given[1]) + 1))


def _first(error: ValueError) -> str:
    from pydantic import ValidationError

    return error.errors()[0]["msg"].removeprefix("Value error, ") if isinstance(error, ValidationError) else str(error)
