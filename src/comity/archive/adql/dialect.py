"""ADQL 2.1 as a dialect of sqlglot: its words and operators, and no others.

Source: IVOA Recommendation, Astronomical Data Query Language, version 2.1, 15 December 2023. A word that ADQL does not
know is a name here, so that what other databases take (LIMIT, ATTACH, COPY, ::, casts in front of literals) does not parse.
"""

from __future__ import annotations

from typing import ClassVar

import sqlglot
from sqlglot import exp, tokens
from sqlglot.dialects.dialect import Dialect, NormalizationStrategy
from sqlglot.errors import ParseError, SqlglotError, TokenError
from sqlglot.parser import Parser as SqlParser
from sqlglot.tokenizer_core import TokenType

from comity.archive.adql.errors import AdqlError

#: Characters of a query; parentheses in each other.
MOST_TEXT, MOST_DEPTH = 200_000, 60
#: §2.1.2, with the types of CAST (§4.6).
_TEXT = (
    "ALL AND ANY AS ASC BETWEEN CASE CROSS DESC DISTINCT ELSE END ESCAPE EXCEPT EXISTS FALSE FROM FULL HAVING ILIKE IN INNER "
    "INTERSECT IS JOIN LEFT LIKE NATURAL NOT NULL OFFSET ON OR OUTER RIGHT SELECT THEN TRUE UNION USING WHEN WHERE WITH "
    "SMALLINT INTEGER INT BIGINT REAL CHAR VARCHAR TIMESTAMP || >= <= <> !="
)
_WORDS = frozenset(_TEXT.split())
_PHRASES = ("GROUP BY", "ORDER BY", "DOUBLE PRECISION")
#: What sqlglot knows as such; all other functions come as `Anonymous` and are looked up by name.
KNOWN = ("COUNT", "SUM", "AVG", "MIN", "MAX", "COALESCE")


class Adql(Dialect):
    """ADQL 2.1."""

    NORMALIZATION_STRATEGY = NormalizationStrategy.CASE_INSENSITIVE
    NULL_ORDERING = "nulls_are_last"

    class Tokenizer(tokens.Tokenizer):
        """§2.1: delimited names in double quotes, strings in single ones, comments after two dashes."""

        KEYWORDS: ClassVar[dict[str, TokenType]] = {
            **{w: t for w, t in tokens.Tokenizer.KEYWORDS.items() if w in _WORDS or w in _PHRASES},
            "TOP": TokenType.TOP,
        }
        COMMENTS: ClassVar[list[str | tuple[str, str]]] = ["--"]
        QUOTES: ClassVar[list[str | tuple[str, str]]] = ["'"]
        IDENTIFIERS: ClassVar[list[str | tuple[str, str]]] = ['"']

    class Parser(SqlParser):
        """§2.2, with functions by name."""

        FUNCTIONS: ClassVar = {name: SqlParser.FUNCTIONS[name] for name in KNOWN}
        FUNCTION_PARSERS: ClassVar = {"CAST": SqlParser.FUNCTION_PARSERS["CAST"]}
        NO_PAREN_FUNCTIONS: ClassVar[dict[TokenType, type[exp.Expression]]] = {}
        NO_PAREN_FUNCTION_PARSERS: ClassVar = {"CASE": SqlParser.NO_PAREN_FUNCTION_PARSERS["CASE"]}


def parsed(text: str) -> exp.Query:
    """The tree of a query. AdqlError says where it is not ADQL; there is one SELECT (or a union of them) and nothing else."""
    if len(text) > MOST_TEXT:
        raise AdqlError(f"a query has {MOST_TEXT:,} characters at most, not {len(text):,}")
    if "\x00" in text:
        raise AdqlError("a query has no NUL characters")
    try:
        depth, tokens_found = 0, Adql().tokenize(text)
        if tokens_found and tokens_found[0].token_type not in (TokenType.SELECT, TokenType.WITH, TokenType.L_PAREN):
            raise AdqlError(f"only SELECT is taken, not {text.split(maxsplit=1)[0][:30]}")
        for token in tokens_found:
            depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
            if depth > MOST_DEPTH:
                raise AdqlError(
                    f"more than {MOST_DEPTH} parentheses in each other, at line {token.line}, column {token.col}"
                )
        found = [tree for tree in sqlglot.parse(text, read=Adql) if tree is not None]
    except ParseError as error:
        raise AdqlError(_told(error)) from None
    except (TokenError, SqlglotError) as error:
        raise AdqlError(f"this is no ADQL: {str(error).splitlines()[0][:160]}") from None
    except RecursionError:
        raise AdqlError("the query is nested too deeply") from None
    if not found:
        raise AdqlError("the query is empty")
    if len(found) > 1:
        raise AdqlError("one query is taken at a time: there is something after the semicolon")
    tree = found[0]
    while (
        isinstance(tree, (exp.Subquery, exp.Paren)) and isinstance(tree.this, exp.Query) and not tree.args.get("alias")
    ):
        tree = tree.this
    if not isinstance(tree, (exp.Select, exp.SetOperation)):
        raise AdqlError(f"only SELECT is taken, not {text.split(maxsplit=1)[0][:30]}")
    return tree


def _told(error: ParseError) -> str:
    first = error.errors[0] if error.errors else {}
    here = str(first.get("highlight") or "").strip()
    place = f"line {first.get('line')}, column {first.get('col')}"
    return f"this is no ADQL at {place}" + (f", near {here[:40]!r}" if here else ": the query ends too early")
