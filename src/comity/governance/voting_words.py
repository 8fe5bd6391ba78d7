"""Says a voting rule, and the numbers of a count, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from comity.governance.voting_rules import (
    AllOf,
    AnyOf,
    Consensus,
    Counting,
    Criterion,
    Majority,
    Opposition,
    Quorum,
    Veto,
    VotingRule,
    exact,
)

_PARTS = {
    2: "half",
    3: "third",
    4: "quarter",
    5: "fifth",
    6: "sixth",
    7: "seventh",
    8: "eighth",
    9: "ninth",
    10: "tenth",
}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_OF = {"members": "all members", "present": "the members present", "cast": "the votes cast"}


def number(value: Fraction) -> str:
    """An exact number as people write it: `15`, `21.96`, `448,387,872`; `1/3` when it has no end.

    >>> number(Fraction(2196, 100))
    '21.96'
    """
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return f"{value.numerator:,}/{value.denominator:,}"
    if value.denominator == 1:
        return f"{value.numerator:,}"
    text = format(Decimal(value.numerator) / Decimal(value.denominator), "f")
    whole, _, decimals = text.partition(".")
    return f"{int(whole):,}.{decimals}"


def share_words(text: str) -> str:
    """A share in words: `two thirds`, `half`, `55 %`."""
    share = exact(text)
    if share == 1:
        return "all"
    if share.denominator in _PARTS and share.numerator < len(_NUMBERS) and "/" in text:
        part = _PARTS[share.denominator]
        if share.denominator == 2:
            return part
        return f"{_NUMBERS[share.numerator]} {part}{'s' if share.numerator > 1 else ''}"
    return f"{number(share * 100)} %"


def criterion_words(criterion: Criterion, names: Mapping[str, str] | None = None) -> str:
    """A criterion in words, without a full stop; `names` has the members' names by identifier."""
    names = names or {}
    if isinstance(criterion, AllOf):
        return "; and ".join(_inner(c, names) for c in criterion.all)
    if isinstance(criterion, AnyOf):
        return "either " + ", or ".join(_inner(c, names) for c in criterion.any)
    if isinstance(criterion, Veto):
        holders = ", ".join(names.get(h, h) for h in criterion.holders)
        bars = " (an abstention bars as well)" if criterion.abstention == "bars" else ""
        return f"none of {holders} against{bars}" if len(criterion.holders) > 1 else f"{holders} not against{bars}"
    if isinstance(criterion, Consensus):
        return f"no objection within {criterion.silence}" if criterion.silence else "consensus: no member objects"
    if isinstance(criterion, Opposition):
        against = "against" if criterion.who == "no" else "not in favour"
        weighed = f" of {criterion.weight}" if criterion.weight else " members"
        return f"fewer than {number(exact(criterion.fewer_than))}{weighed} {against}"
    return _majority_words(criterion)


def _inner(criterion: Criterion, names: Mapping[str, str]) -> str:
    said = criterion_words(criterion, names)
    return f"({said})" if isinstance(criterion, (AllOf, AnyOf)) else said


def _majority_words(majority: Majority) -> str:
    if majority.share is None:
        said = f"{needed_words(majority)} {f'of {majority.weight}' if majority.weight else 'votes'} in favour"
    else:
        said = _share_of(majority, exact(majority.share) == 1)
    if majority.of == "cast" and majority.abstentions == "count as no":
        said += ", abstentions counted as against"
    return said + (", the chair deciding when votes are equal" if majority.casting_vote else "")


def _share_of(majority: Majority, unanimous: bool) -> str:
    if majority.weight is None:
        return f"{'unanimity' if unanimous else needed_words(majority)} of {_OF[majority.of]}"
    if majority.of == "members":
        return f"members with {needed_words(majority)} of {majority.weight}"
    return f"{needed_words(majority)} of {_OF[majority.of]}, weighed by {majority.weight}"


def needed_words(counting: Counting) -> str:
    """What is needed, without of what: `more than half`, `two thirds`, `at least 9`."""
    if counting.share is not None:
        return f"{'more than ' if counting.more_than else ''}{share_words(counting.share)}"
    assert counting.number is not None
    return f"{'more than' if counting.more_than else 'at least'} {number(exact(counting.number))}"


def quorum_words(quorum: Quorum) -> str:
    """Who must be present: `two thirds of the members`, `at least 9 members`."""
    if quorum.number is not None:
        return f"{needed_words(quorum)} {f'of {quorum.weight}' if quorum.weight else 'members'}"
    return f"{needed_words(quorum)} of {quorum.weight or 'the members'}"


def rule_words(rule: VotingRule, names: Mapping[str, str] | None = None) -> str:
    """A whole rule in words: what is needed, who must be present, when arrears suspend a vote."""
    said = criterion_words(rule.needs, names)
    sentences = [said[0].upper() + said[1:]]
    for quorum in rule.quorum:
        sentences.append(f"Quorum: {quorum_words(quorum)} present")
    if rule.arrears is not None:
        years = rule.arrears.years
        span = "the current financial year" if years == 1 else f"the current and the {years - 1} financial years before"
        if years == 2:
            span = "the current financial year and the one before"
        waiver = f"; {rule.arrears.waiver}" if rule.arrears.waiver else ""
        sentences.append(f"No vote for a member that owes more than it had to pay for {span}{waiver}")
    return ". ".join(sentences) + "."
