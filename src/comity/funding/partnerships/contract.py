"""A contract with a provider: what is paid for what, who accepts it, from which escrow, and when it may be ended.

provider: rocketplane-kistler
title: Commercial orbital transportation, demonstration
ledger: pool
currency: USD
escrow: Assets:Escrow:Rpk
expense: Expenses:Cots:Rpk
bank: Assets:Bank:Main
approves: board
grace_days: 30
misses: 1
milestones:
  - {id: plan, name: Program implementation plan review, due: 2006-09-30, amount: '7300000.00', criteria: [Review held]}
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from comity.funding.amounts import amount_of
from comity.funding.errors import FundingError
from comity.funding.files import read_value
from comity.model.base import Sourced, Value

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Account = Annotated[str, Field(pattern=r"^(Assets|Expenses|Equity)(:[A-Z0-9][A-Za-z0-9-]*)+$")]
Day = Annotated[date, Field(strict=False)]


class ContractMilestone(Sourced):
    """What earns one payment."""

    id: Identifier
    name: str
    due: Day
    amount: str = Field(description="In the contract's currency, such as '7300000.00'.")
    criteria: tuple[str, ...] = Field(
        min_length=1, description="What must be shown; each is claimed with its evidence."
    )


class Contract(Value):
    """The terms, as they are signed."""

    provider: Identifier
    title: str
    ledger: Identifier
    currency: str
    escrow: Account
    expense: Account
    bank: Account = Field(description="Where what is left in escrow returns.")
    approves: str = Field(description="The body on the record whose decision accepts milestones.")
    grace_days: int = Field(
        default=30, ge=0, le=3650, description="How long after its due date a milestone is late, not missed."
    )
    misses: int = Field(default=1, ge=1, description="How many missed milestones let the contract be ended for cause.")
    milestones: tuple[ContractMilestone, ...] = Field(min_length=1, max_length=500)
    source: str | None = None

    @field_validator("escrow")
    @classmethod
    def _is_escrow(cls, account: str) -> str:
        if not account.startswith("Assets:Escrow:"):
            raise ValueError(f"an escrow account begins with Assets:Escrow:, unlike {account}")
        return account

    @field_validator("bank")
    @classmethod
    def _is_bank(cls, account: str) -> str:
        if not account.startswith("Assets:Bank:"):
            raise ValueError(f"what is left in escrow returns to a bank account (Assets:Bank:…), not to {account}")
        return account

    @field_validator("expense")
    @classmethod
    def _is_expense(cls, account: str) -> str:
        if not account.startswith("Expenses:"):
            raise ValueError(f"what is paid is an expense (Expenses:…), unlike {account}")
        return account

    @model_validator(mode="after")
    def _whole(self) -> Contract:
        names = [m.id for m in self.milestones]
        if twice := next((n for n in names if names.count(n) > 1), None):
            raise ValueError(f"the milestone {twice!r} stands there twice")
        for m in self.milestones:
            if self.amount(m) <= 0:
                raise ValueError(f"the milestone {m.id!r} pays {m.amount}; a payment is more than nothing")
        return self

    def amount(self, milestone: ContractMilestone) -> Decimal:
        """What a milestone pays. ValueError (FundingError) when it is no amount of the currency."""
        try:
            return amount_of(milestone.amount, self.currency)
        except FundingError as error:
            raise ValueError(f"the milestone {milestone.id!r}: {error}") from None

    def missed_from(self, milestone: ContractMilestone) -> date:
        """The first day on which it is missed, if it is not met by then."""
        return milestone.due + timedelta(days=self.grace_days + 1)

    @property
    def price(self) -> Decimal:
        """All milestones together."""
        return sum((self.amount(m) for m in self.milestones), Decimal(0))


def load(file: Path | str) -> Contract:
    """The contract in a file. FundingError lists all that is wrong with it."""
    return read_value(file, Contract)
