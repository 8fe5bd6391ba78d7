"""Rules as text: Cedar policies read, checked against the schema, and kept with the place where each stands.

Cedar (cedarpolicy.com) denies by default, and forbids over permits. Here each rule carries annotations besides: `@id`
names it, `@because` gives the reason in words, `@source` where the reason comes from, and `@needs` (where it helps) what
would make an answer yes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from importlib.resources import files

import cedarpy
from cedarpy import pst

from comity.model.problems import Problem
from comity.policy.answer import RuleCited
from comity.policy.errors import PolicyError

_MUST = ("id", "because", "source")
_MAY = ("needs",)
#: Comments, texts, and what ends a rule.
_TOKEN = re.compile(r"//[^\n]*|\"(?:[^\"\\]|\\.)*\"|;", re.DOTALL)
_QUOTED = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Rule:
    """One policy: how it is cited, its text, and its syntax tree."""

    cited: RuleCited
    text: str
    tree: pst.Template

    @property
    def id(self) -> str:
        return self.cited.id


@dataclass(frozen=True, eq=False)
class Policies:
    """A set of rules that hold together. Made by `parse` or `shipped`."""

    rules: tuple[Rule, ...]
    texts: Mapping[str, str] = field(repr=False)

    @classmethod
    def parse(cls, texts: Mapping[str, str]) -> Policies:
        """The rules in these texts, by file name. PolicyError with all that is wrong in any of them."""
        rules, problems = list[Rule](), list[Problem]()
        seen: dict[str, str] = {}
        for file, text in texts.items():
            digest = hashlib.sha256(text.encode()).hexdigest()
            for line, statement in _statements(text):
                found = list(_faults(file, line, statement, seen))
                problems += found
                if not found:
                    rules.append(_rule(file, line, statement, digest))
        if problems:
            raise PolicyError(problems)
        return cls(tuple(rules), dict(texts))

    def under(self, others: Policies) -> Policies:
        """These rules with others over them: of two with the same @id, the other's holds."""
        left = tuple(rule for rule in self.rules if rule.id not in others.by_id)
        return Policies((*left, *others.rules), {**self.texts, **others.texts})

    def beside(self, others: Policies) -> Policies:
        """These rules and others. PolicyError when two have the same @id."""
        problems = [
            Problem(r.cited.file, r.cited.line, 1, (), f"a rule {r.id!r} stands already in {s.file}:{s.line}")
            for r in others.rules
            if r.id in self.by_id
            for s in [self.by_id[r.id].cited]
        ]
        if problems:
            raise PolicyError(problems)
        return Policies((*self.rules, *others.rules), {**self.texts, **others.texts})

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def handle(self) -> cedarpy.PolicySet:
        """What cedarpy decides by; parsed once."""
        return cedarpy.PolicySet.from_str("\n\n".join(rule.text for rule in self.rules))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the rules' texts in order: the version of the set."""
        return hashlib.sha256("\n\n".join(rule.text for rule in self.rules).encode()).hexdigest()

    def of_action(self, action: str) -> tuple[Rule, ...]:
        """The rules whose scope takes in an action."""
        return tuple(rule for rule in self.rules if applies(rule.tree.action, action))


def applies(scope: pst.ActionConstraint, action: str) -> bool:
    """Does the scope of a rule take in an action?"""
    if isinstance(scope, pst.ActionEq):
        return scope.entity.id == action
    return isinstance(scope, pst.ScopeAny) or any(entity.id == action for entity in scope.entities)


@cache
def schema() -> cedarpy.Schema:
    """What rules and facts may speak of."""
    return cedarpy.Schema.from_str(schema_text())


def schema_text() -> str:
    """The schema as people read it."""
    return (files("comity.policy") / "policies" / "comity.cedarschema").read_text(encoding="utf-8")


@cache
def shipped(*names: str) -> Policies:
    """The rules that come with comity: those of `data`, `property`, `record`, `transfer`, or of all without a name."""
    folder = files("comity.policy") / "policies"
    known = sorted(f.name for f in folder.iterdir() if f.name.endswith(".cedar"))
    wanted = [f"{name}.cedar" for name in names] or known
    return Policies.parse({f"policies/{name}": (folder / name).read_text(encoding="utf-8") for name in wanted})


def quoted(text: str) -> str:
    """A text as Cedar writes it, on one line.

    >>> print(quoted('the "Rashid 2" case'))
    "the \\"Rashid 2\\" case"
    """
    plain = " ".join(text.split())
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each rule with the line where it begins; what stands before it, comments and all, is left away."""
    start = 0
    for token in _TOKEN.finditer(text):
        if token[0] == ";":
            yield _trimmed(text, start, token.end())
            start = token.end()
    if re.sub(r"//[^\n]*", "", text[start:]).strip():
        yield _trimmed(text, start, len(text))


def _trimmed(text: str, start: int, end: int) -> tuple[int, str]:
    while match := re.compile(r"\s+|//[^\n]*").match(text, start, end):
        start = match.end()
    return text.count("\n", 0, start) + 1, text[start:end].rstrip()


def _faults(file: str, line: int, statement: str, seen: dict[str, str]) -> Iterator[Problem]:
    """All that is wrong with one rule."""
    try:
        tree = _tree(statement)
    except ValueError as error:
        message = str(error)
        yield Problem(file, _near(message, line, statement), 1, (), f"not Cedar: {message}")
        return
    if tree is None:
        yield Problem(file, line, 1, (), "a rule with slots (?principal) is not taken", "write the names in")
        return
    for name in _MUST:
        if not tree.annotations.get(name):
            hint = f'write @{name}("...") before permit or forbid'
            yield Problem(file, line, 1, (), f"the rule says no @{name}", hint)
    for name in tree.annotations:
        if name not in (*_MUST, *_MAY):
            yield Problem(file, line, 1, (), f"@{name} means nothing here", f"known are @{', @'.join((*_MUST, *_MAY))}")
    identifier = tree.annotations.get("id")
    if identifier:
        place = f"{file}:{line}"
        if identifier in seen:
            yield Problem(file, line, 1, (), f"a rule {identifier!r} stands already in {seen[identifier]}")
        seen.setdefault(identifier, place)
    for message in _misfits(statement):
        yield Problem(file, _near(message, line, statement), 1, (), message)


def _near(message: str, line: int, statement: str) -> int:
    """The line of the word that an error quotes, or else of the rule."""
    for word in _QUOTED.findall(message):
        found = re.search(rf"(?<![\w\"]){re.escape(word)}(?!\w)", statement)
        if found:
            return line + statement.count("\n", 0, found.start())
    return line


@lru_cache(maxsize=4096)
def _misfits(statement: str) -> tuple[str, ...]:
    """What in a rule does not fit the schema."""
    faults = cedarpy.validate_policies(statement, schema()).errors
    return tuple(re.sub(r"^for policy `policy0`, ", "", fault.error) for fault in faults)


@lru_cache(maxsize=4096)
def _tree(statement: str) -> pst.Template | None:
    parsed = cedarpy.policies_to_pst(statement)
    return next(iter(parsed.static_policies.values()), None)


def _rule(file: str, line: int, statement: str, digest: str) -> Rule:
    tree = _tree(statement)
    assert tree is not None
    said = tree.annotations
    cited = RuleCited(
        said["id"], tree.effect, said["because"], said["source"], said.get("needs", ""), file, line, digest
    )
    return Rule(cited, statement, tree)
