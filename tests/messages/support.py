from __future__ import annotations

from pathlib import Path

from comity.messages import Block, Message, Rows

SAMPLES = Path(__file__).parent / "samples"
ALL = sorted(p for p in SAMPLES.iterdir() if p.suffix in (".kvn", ".xml"))


def text(name: str) -> str:
    return (SAMPLES / name).read_text(encoding="utf-8")


def bare(message: Message) -> object:
    """What a message says: without lines, places of comments and blanks."""

    def block(part: Block | None) -> object:
        if part is None:
            return None
        fields = sorted((f.keyword, f.value) for f in part.fields if f.keyword != "COMMENT")
        return part.name, fields

    def data(part: Block | Rows) -> object:
        return (part.columns, part.rows) if isinstance(part, Rows) else block(part)

    def comments(one: Message) -> list[str]:
        blocks = [one.header, *([one.relative] if one.relative else [])]
        for segment in one.segments:
            blocks += [segment.metadata, *(p for p in segment.data if isinstance(p, Block))]
        return sorted(" ".join(c.split()) for b in blocks for c in b.comments)

    return [
        (
            one.kind,
            one.version,
            block(one.header),
            block(one.relative),
            [(block(s.metadata), [data(p) for p in s.data if not only_comments(p)]) for s in one.segments],
            comments(one),
        )
        for one in message.each()
    ]


def only_comments(part: Block | Rows) -> bool:
    return isinstance(part, Block) and all(f.keyword == "COMMENT" for f in part.fields)
