"""Groups of commands that are put together when a run comes to them: of two hundred commands a run needs one."""

from __future__ import annotations

from collections.abc import MutableMapping
from copy import copy
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group
from typer.models import DefaultPlaceholder, TyperInfo


class Groups(typer.Typer):
    """A Typer whose groups, and theirs, know their help at once, and their commands when somebody asks for them."""

    def __init__(self, **stated: Any) -> None:
        self.groups: list[TyperInfo] = []
        super().__init__(cls=type("_Top", (_Top,), {"groups": self.groups}), **stated)

    def add_typer(self, typer_instance: typer.Typer, **stated: Any) -> None:
        """Joins a group, as Typer does."""
        super().add_typer(typer_instance, **stated)
        self.groups.append(self.registered_groups.pop())


class _Top(TyperGroup):
    """The commands of a `Groups`, and its groups beside them."""

    groups: list[TyperInfo]

    def __init__(self, **stated: Any) -> None:
        super().__init__(**stated)
        self.commands = {**self.commands, **_outlines(self.groups)}


class _Later(TyperGroup):
    """A group that puts its commands together when they are first asked for."""

    whole: typer.Typer
    _commands: MutableMapping[str, Any] | None = None

    @property
    def commands(self) -> MutableMapping[str, Any]:
        """Its commands and groups by name."""
        if self._commands is None:
            alone = copy(self.whole)
            alone.registered_groups = []
            self._commands = {**get_group(alone).commands, **_outlines(self.whole.registered_groups)}
        return self._commands

    @commands.setter
    def commands(self, none: Any) -> None:
        # Its maker, which calls this, was told of none.
        self._commands = None


def _outlines(groups: list[TyperInfo]) -> dict[str, TyperGroup]:
    """Groups by name, with their help and options but without their commands."""
    return {str(one.name): one for one in map(_outline, groups)}


def _outline(joined: TyperInfo) -> TyperGroup:
    whole = joined.typer_instance
    assert whole is not None
    empty = copy(whole)
    empty.registered_commands, empty.registered_groups = [], []
    # What was said when it joined goes before what it says of itself.
    empty.info = copy(whole.info)
    for name, value in vars(joined).items():
        if name != "typer_instance" and not isinstance(value, DefaultPlaceholder):
            setattr(empty.info, name, value)
    # A class of its own (as that of `comity can`) stays, behind this one.
    given = empty.info.cls
    own = given if isinstance(given, type) and given is not TyperGroup else None
    empty.info.cls = type("_Later", (_Later, own), {}) if own else _Later
    outline = get_group(empty)
    assert isinstance(outline, _Later)
    outline.whole = whole
    return outline
