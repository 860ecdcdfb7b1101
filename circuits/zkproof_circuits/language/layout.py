"""Where ways begin and end, by their place on the page.

A block is opened by its keyword and holds what stands further right. The first word of a line that
does not ends it; an ``or`` exactly beneath the keyword begins the next way instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token
from lark.lark import PostLex

_OPENING = frozenset({"EITHER", "CHOICE", "OPTIONAL"})
_OR, _NEXT, _END = "OR", "_NEXT", "_END"


class Layout(PostLex):
    """Puts ``_NEXT`` and ``_END`` among the tokens of a policy."""

    always_accept = (_OR,)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        columns: list[int] = []
        line, last = 0, None
        for token in stream:
            column = token.column or 1
            if (token.line or 1) > line:
                while columns and column <= columns[-1]:
                    if token.type == _OR and column == columns[-1]:
                        token = Token.new_borrow_pos(_NEXT, str(token), token)
                        break
                    columns.pop()
                    yield Token.new_borrow_pos(_END, "", token)
            line, last = token.end_line or token.line or 1, token
            if token.type in _OPENING:
                columns.append(column)
            yield token
        for _ in columns:
            yield Token.new_borrow_pos(_END, "", last) if last is not None else Token(_END, "")
