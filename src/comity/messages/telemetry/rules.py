"""What an XTCE definition must say to be decoded here: all that it says otherwise, with line and element.

The library that reads the definitions leaves out in silence what it does not know (repeated entries, conditions of
entries, ranges of enumerations, the order of bits), and follows what goes in circles for ever: both are refused before.
"""

from __future__ import annotations

from comity.messages.drafting import Report
from comity.messages.telemetry.nodes import (
    ASIDE,
    all_below,
    children,
    integer,
    named,
    names,
    nothing_but,
    number,
    only_child,
    refers,
    whole_text,
)
from comity.messages.xml_reading import Node

#: Entries of one packet, its containers unfolded; a packet has no more bits than 524 336.
MOST_ENTRIES = 100_000
#: Containers of one definition, and how deep one may build on others.
MOST_CONTAINERS, DEEPEST_CONTAINER = 4096, 64
#: Powers of a polynomial; beyond, a reading of 64 bits no longer fits a float.
HIGHEST_POWER = 15
LONGEST_INTEGER_BITS = 64

_PARAMETER_TYPES = (
    "StringParameterType", "IntegerParameterType", "FloatParameterType", "EnumeratedParameterType",
    "BinaryParameterType", "BooleanParameterType", "AbsoluteTimeParameterType", "RelativeTimeParameterType",
)  # fmt: skip
_ENCODINGS = ("StringDataEncoding", "IntegerDataEncoding", "FloatDataEncoding", "BinaryDataEncoding")
_INTEGERS = ("unsigned", "signed", "twosComplement", "twosCompliment")
_FLOATS = ("IEEE754_1985", "IEEE754", "MILSTD_1750A")
_BYTE_ORDERS = ("mostSignificantByteFirst", "leastSignificantByteFirst")
_OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "eq", "neq", "lt", "leq", "gt", "geq")
#: What conditions are made of.
_CRITERIA = (
    "ComparisonList", "BooleanExpression", "ANDedConditions", "ORedConditions", "ParameterInstanceRef",
    "ComparisonOperator", "Value",
)  # fmt: skip


def check(root: Node, report: Report) -> None:
    """Reports what hinders decoding by a definition: one of Node, as read from its file.

    Source: XTCE 1.2 (OMG formal/2018-02-04, its schema SpaceSystem.xsd; CCSDS 660.1).
    """
    if root.tag != "SpaceSystem":
        report.add(root.line, f"<{root.tag}>"[:60], "is no XTCE definition", "its root is <SpaceSystem>")
        return
    telemetry = only_child(root, "TelemetryMetaData", report)
    for nested in children(root, "SpaceSystem"):
        if any(children(nested, "TelemetryMetaData")):
            report.add(nested.line, named(nested), "is nested; its packets are not read", "a file of its own")
    if telemetry is None:
        return
    sets = [only_child(telemetry, tag, report) for tag in ("ParameterTypeSet", "ParameterSet", "ContainerSet")]
    if None in sets:
        return
    types, parameters, containers = (part for part in sets if part is not None)
    known_types = names(types, report, _PARAMETER_TYPES)
    known = names(parameters, report, ("Parameter",))
    for node in known_types.values():
        _check_type(node, known, report)
    for node in known.values():
        refers(node, "parameterTypeRef", known_types, report)
    _check_containers(names(containers, report, ("SequenceContainer",)), known, report)


# --- types ---------------------------------------------------------------------------------------------------------


def _check_type(node: Node, parameters: dict[str, Node], report: Report) -> None:
    is_time = "Time" in node.tag
    if "baseType" in node.attributes:
        report.add(node.line, named(node), "extends another type; that is not decoded here", "the type in full")
    nothing_but(node, ("Encoding", "ReferenceTime") if is_time else (*_ENCODINGS, "EnumerationList"), report)
    holder = node
    if is_time:
        found = only_child(node, "Encoding", report)
        if found is None:
            return
        holder = found
        for name in ("scale", "offset"):
            number(holder, name, report, default=0.0)
        nothing_but(holder, _ENCODINGS, report)
        for reference in children(node, "ReferenceTime"):
            for offset in children(reference, "OffsetFrom"):
                refers(offset, "parameterRef", parameters, report)
    encodings = [child for child in holder.children if child.tag in _ENCODINGS]
    if len(encodings) != 1:
        report.add(node.line, named(node), f"has {len(encodings) or 'no'} data encodings", "one")
        return
    encoding = encodings[0]
    wanted = {"StringParameterType": "StringDataEncoding", "BinaryParameterType": "BinaryDataEncoding"}.get(node.tag)
    if wanted and encoding.tag != wanted:
        report.add(encoding.line, named(node), f"is encoded by <{encoding.tag}>", wanted)
    if is_time and encoding.tag not in ("IntegerDataEncoding", "FloatDataEncoding"):
        report.add(encoding.line, named(node), "is a time that is no number", "an integer or a float")
    _check_encoding(encoding, parameters, report)
    if node.tag == "EnumeratedParameterType":
        _check_enumeration(node, encoding, report)


def _check_enumeration(node: Node, encoding: Node, report: Report) -> None:
    if encoding.tag == "BinaryDataEncoding":
        report.add(encoding.line, named(node), "is enumerated, but binary", "an integer, a float or a string")
    listed = only_child(node, "EnumerationList", report)
    for one in listed.children if listed else ():
        value = one.attributes.get("value")
        if one.tag != "Enumeration" or value is None or "label" not in one.attributes:
            report.add(one.line, named(node), "has an entry without value or label", "both")
        elif one.attributes.get("maxValue", value) != value:
            report.add(one.line, "maxValue", "is a range; that is not decoded here", "each value by itself")
        elif encoding.tag == "IntegerDataEncoding":
            integer(one, "value", report, -(2**63), 2**64)
        elif encoding.tag == "FloatDataEncoding":
            number(one, "value", report)


def _check_encoding(node: Node, parameters: dict[str, Node], report: Report) -> None:
    attributes = node.attributes
    if attributes.get("bitOrder", "mostSignificantBitFirst") != "mostSignificantBitFirst":
        report.add(node.line, "bitOrder", "is least significant first; that is not decoded here", "most significant")
    if node.tag in ("IntegerDataEncoding", "FloatDataEncoding"):
        _check_numeric(node, parameters, report)
        return
    nothing_but(node, ("SizeInBits", "Variable") if node.tag == "StringDataEncoding" else ("SizeInBits",), report)
    sizes = [child for child in node.children if child.tag in ("SizeInBits", "Variable")]
    if len(sizes) != 1:
        report.add(node.line, f"<{node.tag}>", f"has {len(sizes) or 'no'} sizes", "one")
        return
    size = sizes[0]
    for fixed in size.children:
        if fixed.tag == "FixedValue":
            whole_text(fixed, report)
        elif fixed.tag == "Fixed":
            value = only_child(fixed, "FixedValue", report)
            if value is not None:
                whole_text(value, report)
        elif fixed.tag == "DynamicValue":
            _check_dynamic(fixed, parameters, report)
        elif fixed.tag == "DiscreteLookupList":
            for lookup in fixed.children:
                number(lookup, "value", report)
                _check_criteria(lookup, parameters, report, ("Comparison", "ComparisonList"))
        elif fixed.tag == "LeadingSize":
            integer(fixed, "sizeInBitsOfSizeTag", report, 1, 65)
        elif fixed.tag != "TerminationChar":
            report.add(fixed.line, f"<{fixed.tag}>"[:60], "is not decoded here", "Fixed, DynamicValue or a lookup")


def _check_dynamic(node: Node, parameters: dict[str, Node], report: Report) -> None:
    reference = only_child(node, "ParameterInstanceRef", report)
    if reference is not None:
        _check_reference(reference, parameters, report)
    for adjustment in children(node, "LinearAdjustment"):
        number(adjustment, "slope", report)
        number(adjustment, "intercept", report, default=0.0)


def _check_numeric(node: Node, parameters: dict[str, Node], report: Report) -> None:
    attributes, whole = node.attributes, node.tag == "IntegerDataEncoding"
    known = _INTEGERS if whole else _FLOATS
    encoding = attributes.get("encoding", known[0])
    if encoding not in known:
        report.add(node.line, "encoding", f"{encoding[:30]!r} is not decoded here", f"one of {', '.join(known)}")
    order = attributes.get("byteOrder", _BYTE_ORDERS[0])
    if order not in _BYTE_ORDERS:
        report.add(node.line, "byteOrder", f"{order[:30]!r} is not decoded here", f"one of {', '.join(_BYTE_ORDERS)}")
    bits = integer(node, "sizeInBits", report, 1, LONGEST_INTEGER_BITS + 1, default=8 if whole else 32)
    if bits is None:
        return
    if whole and order == _BYTE_ORDERS[1] and bits % 8:
        report.add(node.line, "byteOrder", f"of {bits} bits is not defined", "whole octets")
    if not whole and bits not in ((32,) if encoding == "MILSTD_1750A" else (16, 32, 64)):
        report.add(node.line, "sizeInBits", f"is {bits}", "32 of MILSTD_1750A, 16, 32 or 64 of IEEE754")
    nothing_but(node, ("DefaultCalibrator", "ContextCalibratorList"), report)
    for holder in children(node, "DefaultCalibrator"):
        _check_calibrator(holder, report)
    for context in (c for listed in children(node, "ContextCalibratorList") for c in listed.children):
        match, holder_node = only_child(context, "ContextMatch", report), only_child(context, "Calibrator", report)
        if match is not None:
            _check_criteria(match, parameters, report)
        if holder_node is not None:
            _check_calibrator(holder_node, report)


def _check_calibrator(holder: Node, report: Report) -> None:
    calibrators = [child for child in holder.children if child.tag not in ASIDE]
    if len(calibrators) != 1 or calibrators[0].tag not in ("PolynomialCalibrator", "SplineCalibrator"):
        told = ", ".join(f"<{c.tag}>" for c in calibrators)[:60] or "nothing"
        report.add(holder.line, f"<{holder.tag}>", f"holds {told}", "one polynomial or spline")
        return
    one = calibrators[0]
    if one.tag == "PolynomialCalibrator":
        for term in one.children:
            number(term, "coefficient", report)
            integer(term, "exponent", report, 0, HIGHEST_POWER + 1)
        return
    order = integer(one, "order", report, 0, 2, default=1)
    raws = [number(point, "raw", report) for point in one.children]
    for point in one.children:
        number(point, "calibrated", report)
    if len(raws) < (2 if order else 1) or len(set(raws)) < len(raws):
        right = "two points or more, each at another raw value"
        report.add(one.line, "<SplineCalibrator>", "has too few points, or two at one raw value", right)


# --- containers ----------------------------------------------------------------------------------------------------


def _check_containers(containers: dict[str, Node], parameters: dict[str, Node], report: Report) -> None:
    inner: dict[str, list[str]] = {}
    base: dict[str, list[str]] = {}
    counts: dict[str, int] = {}
    for name, node in containers.items():
        inner[name], base[name], counts[name] = [], [], 0
        for part in node.children:
            if part.tag == "EntryList":
                for entry in part.children:
                    counts[name] += 1
                    _check_entry(entry, parameters, containers, inner[name], report)
            elif part.tag == "BaseContainer":
                if refers(part, "containerRef", containers, report):
                    base[name].append(part.attributes["containerRef"])
                for criteria in children(part, "RestrictionCriteria"):
                    _check_criteria(criteria, parameters, report)
            elif part.tag not in (*ASIDE, "BinaryEncoding"):
                report.add(part.line, f"<{part.tag}>"[:60], "is not decoded here", "EntryList, BaseContainer")
        if not any(children(node, "EntryList")):
            report.add(node.line, named(node), "has no EntryList", "one, though it be empty")
    if len(containers) > MOST_CONTAINERS:
        report.add(0, "ContainerSet", f"has {len(containers):,} containers", f"at most {MOST_CONTAINERS:,}")
    if not containers or report.fatal:
        return
    both = {name: inner[name] + base[name] for name in containers}
    for name in _in_circles(both):
        report.add(containers[name].line, named(containers[name]), "leads back to itself", "no circles")
        return
    sizes: dict[str, int] = {}
    depths: dict[str, int] = {}
    for name in _deepest_first(both):
        sizes[name] = counts[name] + sum(sizes[other] for other in both[name])
        depths[name] = 1 + max((depths[other] for other in both[name]), default=0)
        if depths[name] > DEEPEST_CONTAINER:
            what = f"builds on more than {DEEPEST_CONTAINER} others, one upon another"
            report.add(containers[name].line, named(containers[name]), what, "fewer levels")
            return
        if sizes[name] > MOST_ENTRIES or sum(sizes.values()) > 10 * MOST_ENTRIES:
            what = f"unfolds to more than {MOST_ENTRIES:,} entries"
            report.add(containers[name].line, named(containers[name]), what, "what fits a packet of 65,542 octets")
            return


def _check_entry(
    entry: Node, parameters: dict[str, Node], containers: dict[str, Node], inner: list[str], report: Report
) -> None:
    if entry.tag == "ParameterRefEntry":
        refers(entry, "parameterRef", parameters, report)
    elif entry.tag == "ContainerRefEntry":
        if refers(entry, "containerRef", containers, report):
            inner.append(entry.attributes["containerRef"])
    else:
        report.add(entry.line, f"<{entry.tag}>"[:60], "is not decoded here", "ParameterRefEntry, ContainerRefEntry")
    for part in entry.children:
        if part.tag not in ASIDE and not _is_next(part):
            report.add(part.line, f"<{part.tag}>"[:60], "of an entry is not decoded here", "entries one after another")


def _is_next(part: Node) -> bool:
    """Whether a place says no more than that the entry follows the one before."""
    if part.tag != "LocationInContainerInBits" or len(part.children) != 1:
        return False
    offset = part.children[0]
    follows = part.attributes.get("referenceLocation", "previousEntry") == "previousEntry"
    return follows and offset.tag == "FixedValue" and offset.value == "0"


def _check_criteria(
    node: Node, parameters: dict[str, Node], report: Report,
    known: tuple[str, ...] = ("Comparison", "ComparisonList", "BooleanExpression"),
) -> None:  # fmt: skip
    if len(node.children) != 1 or node.children[0].tag not in known:
        told = ", ".join(f"<{c.tag}>" for c in node.children)[:60] or "nothing"
        report.add(node.line, f"<{node.tag}>", f"holds {told}", f"one of {', '.join(known)}")
        return
    for part in all_below(node):
        if part.tag == "Comparison":
            _check_reference(part, parameters, report)
            _check_operator(part, part.attributes.get("comparisonOperator", "=="), report)
            if "value" not in part.attributes:
                report.add(part.line, "value", "is missing", "what the parameter is compared with")
        elif part.tag == "Condition":
            _check_condition(part, parameters, report)
        elif part.tag not in _CRITERIA:
            report.add(part.line, f"<{part.tag}>"[:60], "is not decoded here", "comparisons")
    top = node.children[0]
    if top.tag == "BooleanExpression" and len(top.children) != 1:
        report.add(top.line, "<BooleanExpression>", f"holds {len(top.children)} conditions", "one")


def _check_condition(node: Node, parameters: dict[str, Node], report: Report) -> None:
    references = list(children(node, "ParameterInstanceRef"))
    for reference in references:
        _check_reference(reference, parameters, report)
    operator = only_child(node, "ComparisonOperator", report)
    if operator is not None:
        _check_operator(operator, operator.value, report)
    values = [value for value in children(node, "Value") if value.text]
    if (len(references), len(values)) not in ((1, 1), (2, 0)):
        report.add(node.line, "<Condition>", "compares not two", "a parameter with a value or with another parameter")


def _check_operator(node: Node, operator: str, report: Report) -> None:
    if operator not in _OPERATORS:
        report.add(node.line, "comparisonOperator", f"is {operator[:20]!r}", f"one of {' '.join(_OPERATORS)}")


def _check_reference(node: Node, parameters: dict[str, Node], report: Report) -> None:
    refers(node, "parameterRef", parameters, report)
    if node.attributes.get("instance", "0") != "0":
        report.add(node.line, "instance", "of another packet is not decoded here", "0, this packet's")


def _deepest_first(edges: dict[str, list[str]]) -> list[str]:
    """Names so that each comes after those that it leads to; without those that lie on a circle or lead to one."""
    waiting = {name: len(others) for name, others in edges.items()}
    users: dict[str, list[str]] = {name: [] for name in edges}
    for name, others in edges.items():
        for other in others:
            users[other].append(name)
    order = [name for name, count in waiting.items() if not count]
    for name in order:
        for user in users[name]:
            waiting[user] -= 1
            if not waiting[user]:
                order.append(user)
    return order


def _in_circles(edges: dict[str, list[str]]) -> list[str]:
    done = set(_deepest_first(edges))
    return [name for name in edges if name not in done]
