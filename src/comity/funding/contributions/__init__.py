"""What each partner owes the pool: keys, calls, arrears, payments in kind, barter."""

from comity.record import Kind

KINDS: tuple[Kind, ...] = ()
