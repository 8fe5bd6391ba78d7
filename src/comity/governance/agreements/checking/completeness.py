"""Does an agreement hold every clause that its kind needs, and does each real clause say where it is from?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from comity.governance.agreements.document import Agreement, AgreementKind
from comity.model.problems import Problem

if TYPE_CHECKING:
    from comity.governance.agreements.reading import Reading

_FINAL = ("entry_into_force", "amendment", "withdrawal", "termination")
#: The kinds of clause that each kind of agreement needs. What an agreement under another does not say itself, the
#: upper one says for it, where `INHERITED` has it.
NEEDED: dict[AgreementKind, tuple[str, ...]] = {
    "framework": ("purpose", "disputes", *_FINAL),
    "intergovernmental": (
        "purpose", "responsibilities", "contributions", "data_sharing", "foreground_ip", "liability", "cross_waiver",
        "disputes", *_FINAL,
    ),
    "memorandum": (
        "purpose", "responsibilities", "contributions", "data_sharing", "background_ip", "foreground_ip",
        "cross_waiver", "export", "disputes", *_FINAL,
    ),
    "implementing_arrangement": ("responsibilities", "milestones", "cross_waiver", "disputes", *_FINAL),
    "contract": (
        "responsibilities", "contributions", "milestones", "background_ip", "foreground_ip", "liability", "export",
        "disputes", *_FINAL,
    ),
}  # fmt: skip
#: What a political commitment, which binds nobody in law, needs.
NEEDED_UNBOUND = ("purpose",)
#: Clauses that an agreement has from the one that it stands under, unless it has its own.
INHERITED = frozenset(
    {"purpose", "data_sharing", "background_ip", "foreground_ip", "liability", "export", "standards", "disputes"}
)


def missing(reading: Reading) -> Iterator[Problem]:
    """Kinds of clause that are needed and not there. What was left out for want of a source is no problem of its author."""
    agreement = reading.agreement
    assert agreement is not None
    there = {clause.terms.kind for clause in agreement.clauses.values()}
    given = INHERITED if agreement.agreement.under else frozenset()
    needed = NEEDED[agreement.agreement.kind] if agreement.agreement.binding else NEEDED_UNBOUND
    lacking = [k for k in needed if k not in there and k not in given]
    lacking = [k for k in lacking if k not in left_out(agreement)]
    if lacking:
        said = f"{_a(agreement.agreement.kind)} needs clauses on {_listed(lacking)}"
        hint = "add each under clauses:, with `terms: {kind: ...}`"
        yield reading.problem(("clauses",), said, hint, key=True)


def left_out(agreement: Agreement) -> frozenset[str]:
    """The kinds of clause that an agreement says it leaves out, as `kind: why`."""
    return frozenset(text.partition(":")[0].strip() for text in agreement.agreement.left_out)


def sourced(reading: Reading) -> Iterator[Problem]:
    """Clauses of an agreement that was signed (`signed:`) and sources (`sources:`) it has, which do not say where from."""
    agreement = reading.agreement
    assert agreement is not None
    if agreement.agreement.text == "original" or not agreement.sources:
        return
    heading = agreement.agreement
    if (heading.signed or heading.in_force) and not heading.source:
        said = "the heading does not say where its days are from"
        yield reading.problem(("agreement",), said, "add `source: source-id, place`", key=True)
    for name, clause in agreement.clauses.items():
        if not clause.source:
            said = f"clause {name!r} does not say where its words are from"
            yield reading.problem(("clauses", name), said, "add `source: source-id, article`", key=True)


def _a(kind: str) -> str:
    word = kind.replace("_", " ")
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def _listed(kinds: list[str]) -> str:
    words = [k.replace("_ip", " intellectual property").replace("_", " ") for k in kinds]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
