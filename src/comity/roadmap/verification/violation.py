"""What the checker reports: the rules it knows, and each place where a plan breaks one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

#: Every rule that the checker knows, in the order of `docs/reference/planning-rules.md`, and what it demands in brief.
RULES: Mapping[str, str] = MappingProxyType(
    {
        "programme": "the plan was made for this very programme",
        "amendments": "the plan's amendments can be made to the programme",
        "mission_elements": "each mission has its elements, each by one of its options",
        "committed": "committed missions are in the plan",
        "excludes": "no mission stands beside one that it excludes",
        "duration": "each element lasts as long as its option",
        "horizon": "starts, finishes and deliveries fall within the horizon",
        "dates": "earliest, latest and finish_by hold",
        "precedence": "elements wait for those that they come after",
        "launch_window": "launches fall into their windows",
        "capability": "providers master what an element requires",
        "treaty": "partners are party to the treaties that a mission requires",
        "export_control": "no technology crosses an interface against an export rule",
        "interface": "what meets fits, or is joined by adapters that are in the plan",
        "capacity": "facilities are not overfilled in any month",
        "payments": "each payer's yearly payments follow from option and start",
        "budget": "no contributor exceeds its budget in any year",
        "carry_over": "what is kept for the next year stays within the part allowed",
        "cash_pool": "the common pool balances, and moves only what its rule allows",
        "minimum_return": "work comes back to contributors",
        "maximum_share": "no contributor bears more than its part",
        "in_kind": "enough of each contribution is in kind",
        "emerging_place": "emerging partners have their place",
        "barter": "no barter account is deeper in debt than allowed",
        "coalition": "only those who take part work, pay and barter",
        "frozen": "what had begun before replanning is as it was",
        "sunk": "what was spent on elements given up is accounted for",
        "success": "each mission's probability of success is as stated",
        "delivery": "each mission's delivery is as stated",
        "partners": "each mission's partners are as stated",
        "cost": "costs and values of work are as stated",
        "objectives": "coverage and value of each objective are as stated",
        "value": "the plan's science is as stated",
        "accounts": "each partner's account is as stated",
        "gap": "the gap follows from value and bound",
    }
)


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One rule broken: its name, where in the plan, and what is wrong beside what would be right."""

    rule: str
    where: str
    message: str

    def __str__(self) -> str:
        """One line: rule, place, what is wrong."""
        return f"{self.rule}: {self.where}: {self.message}"
