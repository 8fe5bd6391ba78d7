"""A real place for small partners: reserved money, offers matched to needs, indicators of who takes part."""

from comity.record import Kind

KINDS: tuple[Kind, ...] = ()
