"""Small ends, ports and questions."""

from __future__ import annotations

from typing import Any

from comity.model.ports import Port
from comity.standards import End, InterfaceCheck, Junction, Question, Reader, Side, check
from comity.standards.verify import wrong


def port(kind: str, role: str | None = None, *, standards: str | list[str] = (), **parameters: Any) -> Port:  # type: ignore[assignment]
    """A port with parameters as a file has them."""
    return Port.model_validate(
        {"kind": kind, "role": role, "standards": standards, "parameters": parameters, "estimate": "for a test"}
    )


def side(element: str, **ports: Port) -> Side:
    """An element of the same name that `element-builder` provides."""
    return Side(End("m", element, element.title(), ("only",), (f"{element}-builder",)), ports)


def asked(first: Side, second: Side, *adapters: Side, **more: Any) -> Question:
    """The question of one interface."""
    return Question("test", (Junction("m", 0, "t", (first, second), **more),), adapters)


def checked(first: Side, second: Side, *adapters: Side, unit: str = "", **more: Any) -> InterfaceCheck:
    """The check of one interface, which the check of answers must not reject."""
    question = asked(first, second, *adapters, **more)
    answer = check(question, reader=Reader((unit,) if unit else ()))
    assert wrong(answer, question) == ()
    return answer.checks[0]


def meet(first: Port, second: Port, **more: Any) -> InterfaceCheck:
    """The check of two elements with one port each."""
    return checked(side("alpha", a=first), side("beta", b=second), **more)
