"""Elements of a definition read for what they must say: each reading reports what is wrong, with its line."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TypeVar

from comity.messages.drafting import Report
from comity.messages.xml_reading import Node
from comity.model.problems import nearest

T = TypeVar("T", int, float)

#: Names that stand near an unknown one are looked for this many times: it takes its time among ten thousands.
MOST_NEAREST = 10
#: What stands in a definition without a bearing on how packets are decoded.
ASIDE = (
    "AliasSet", "AncillaryDataSet", "LongDescription", "UnitSet", "ValidRange", "DefaultAlarm", "ContextAlarmList",
    "BinaryContextAlarmList", "ToString", "SizeRangeInCharacters", "ErrorDetectCorrect", "TimeAssociation",
    "DefaultRateInStream", "RateInStreamSet", "ParameterProperties",
)  # fmt: skip


def children(node: Node, tag: str) -> Iterator[Node]:
    """Its children of this tag."""
    return (child for child in node.children if child.tag == tag)


def all_below(node: Node) -> Iterator[Node]:
    """All elements within one, however deep."""
    for child in node.children:
        yield child
        yield from all_below(child)


def named(node: Node) -> str:
    """How a problem names an element: by its name, or its tag."""
    return node.attributes.get("name", f"<{node.tag}>")[:60]


def only_child(node: Node, tag: str, report: Report) -> Node | None:
    """Its only child of this tag; None, and a problem, when it has none or several."""
    found = list(children(node, tag))
    if len(found) != 1:
        report.add(node.line, f"<{tag}>", f"stands {len(found)} times in {named(node)}", "once")
        return None
    return found[0]


def nothing_but(node: Node, tags: tuple[str, ...], report: Report) -> None:
    """Reports children that have another tag, and a bearing on how packets are decoded."""
    for child in node.children:
        if child.tag not in tags and child.tag not in ASIDE:
            report.add(child.line, f"<{child.tag}>"[:60], f"in {named(node)} is not decoded here", ", ".join(tags))


def names(node: Node, report: Report, tags: tuple[str, ...]) -> dict[str, Node]:
    """Its children by name; reports those of another tag, without a name, or of a name that stands already."""
    found: dict[str, Node] = {}
    for child in node.children:
        name = child.attributes.get("name", "")
        if child.tag not in tags:
            report.add(child.line, f"<{child.tag}> {name}"[:60], "is not decoded here", ", ".join(tags))
        elif not name:
            report.add(child.line, f"<{child.tag}>", "has no name", "a name")
        elif name in found:
            report.add(child.line, name[:60], f"stands on line {found[name].line} already", "each name once")
        else:
            found[name] = child
    return found


def refers(node: Node, attribute: str, known: dict[str, Node], report: Report) -> bool:
    """Whether an attribute names one that is known; a problem when not."""
    name = node.attributes.get(attribute)
    if name in known:
        return True
    if name is None:
        report.add(node.line, f"<{node.tag}>", f"has no {attribute}", "a name")
    else:
        near = nearest(name[:80], list(known)) if report.fatal < MOST_NEAREST else ""
        right = near or "a name that the definition has"
        report.add(node.line, attribute, f"{name[:60]!r} is not defined", right)
    return False


def number(node: Node, attribute: str, report: Report, *, default: float | None = None) -> float | None:
    """A finite number of an attribute; None, and a problem, when it is none."""
    text = node.attributes.get(attribute)
    if text is None and default is not None:
        return default
    found = _read(float, text)
    if found is None or not math.isfinite(found):
        report.add(node.line, attribute, f"is {(text or 'missing')[:30]!r}", "a number")
        return None
    return found


def integer(
    node: Node, attribute: str, report: Report, least: int, below: int, *, default: int | None = None
) -> int | None:
    """A whole number of an attribute, from `least` to below `below`; None, and a problem, when it is none."""
    text = node.attributes.get(attribute)
    if text is None and default is not None:
        return default
    found = _read(int, text)
    if found is None or not least <= found < below:
        told = "a whole number" if below > 2**32 else f"a whole number from {least} to {below - 1}"
        report.add(node.line, attribute, f"is {(text or 'missing')[:30]!r}", told)
        return None
    return found


def whole_text(node: Node, report: Report) -> None:
    """Reports a size that is no number of bits that a packet may have."""
    found = _read(int, node.value)
    if found is None or not 1 <= found <= 8 * 65_536:
        report.add(node.line, f"<{node.tag}>", f"is {node.value[:30]!r}", "bits, from 1 to 524288")


def _read(kind: Callable[[str], T], text: str | None) -> T | None:
    """What a text says as a number; not what only Python takes, as 1_000."""
    if text is None or len(text) > 40 or "_" in text or not text.isascii():
        return None
    try:
        return kind(text)
    except ValueError:
        return None
