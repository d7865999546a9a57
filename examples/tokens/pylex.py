"""The tokens of Zig source in pure Python: what `ziglex` does, written by hand for Zig 0.15.

Everything is one regular expression, so that nearly all of the work is done by the C code of `re`. It follows
`std.zig.Tokenizer` to the byte, also through what is not Zig: there the rest of the line is one "invalid" token.
"""

import re
from collections import Counter

__all__ = ["KINDS", "kinds", "tokens"]

OPERATORS = {
    b"!": "bang",
    b"|": "pipe",
    b"||": "pipe_pipe",
    b"|=": "pipe_equal",
    b"=": "equal",
    b"==": "equal_equal",
    b"=>": "equal_angle_bracket_right",
    b"!=": "bang_equal",
    b"(": "l_paren",
    b")": "r_paren",
    b";": "semicolon",
    b"%": "percent",
    b"%=": "percent_equal",
    b"{": "l_brace",
    b"}": "r_brace",
    b"[": "l_bracket",
    b"]": "r_bracket",
    b".": "period",
    b".*": "period_asterisk",
    b"..": "ellipsis2",
    b"...": "ellipsis3",
    b"^": "caret",
    b"^=": "caret_equal",
    b"+": "plus",
    b"++": "plus_plus",
    b"+=": "plus_equal",
    b"+%": "plus_percent",
    b"+%=": "plus_percent_equal",
    b"+|": "plus_pipe",
    b"+|=": "plus_pipe_equal",
    b"-": "minus",
    b"-=": "minus_equal",
    b"-%": "minus_percent",
    b"-%=": "minus_percent_equal",
    b"-|": "minus_pipe",
    b"-|=": "minus_pipe_equal",
    b"*": "asterisk",
    b"*=": "asterisk_equal",
    b"**": "asterisk_asterisk",
    b"*%": "asterisk_percent",
    b"*%=": "asterisk_percent_equal",
    b"*|": "asterisk_pipe",
    b"*|=": "asterisk_pipe_equal",
    b"->": "arrow",
    b":": "colon",
    b"/": "slash",
    b"/=": "slash_equal",
    b",": "comma",
    b"&": "ampersand",
    b"&=": "ampersand_equal",
    b"?": "question_mark",
    b"<": "angle_bracket_left",
    b"<=": "angle_bracket_left_equal",
    b"<<": "angle_bracket_angle_bracket_left",
    b"<<=": "angle_bracket_angle_bracket_left_equal",
    b"<<|": "angle_bracket_angle_bracket_left_pipe",
    b"<<|=": "angle_bracket_angle_bracket_left_pipe_equal",
    b">": "angle_bracket_right",
    b">=": "angle_bracket_right_equal",
    b">>": "angle_bracket_angle_bracket_right",
    b">>=": "angle_bracket_angle_bracket_right_equal",
    b"~": "tilde",
}

KEYWORDS = {
    word: f"keyword_{word.decode()}"
    for word in (
        b"addrspace align allowzero and anyframe anytype asm break callconv catch comptime const continue defer else enum "
        b"errdefer error export extern fn for if inline noalias noinline nosuspend opaque or orelse packed pub resume "
        b"return linksection struct suspend switch test threadlocal try union unreachable var volatile while"
    ).split()
}

#: The names of all kinds of token, in the order of `std.zig.Token.Tag`.
KINDS = (
    "invalid",
    "invalid_periodasterisks",
    "identifier",
    "string_literal",
    "multiline_string_literal_line",
    "char_literal",
    "eof",
    "builtin",
    *OPERATORS.values(),
    "number_literal",
    "doc_comment",
    "container_doc_comment",
    *KEYWORDS.values(),
)

# What may stand in comments and multi-line strings: anything but control characters. Bytes from 0x80 on are not looked
# at, as UTF-8 is the business of later stages.
LINE = r"[^\x00-\x1f\x7f]*+"
# A carriage return is fine if it belongs to the end of the line.
LINE_END = r"(?=\r?\n|\Z)"
# A backslash takes the next byte with it, whatever that means: escapes too are the business of later stages.
QUOTED = r'"(?:[^"\\\x00-\x1f\x7f]|\\[^\n\x00])*+'

SPACE = rf"""
    (?:
        [ \t\r\n]
      | //(?![!/]){LINE}{LINE_END}
      | ////{LINE}{LINE_END}                                # more than three slashes: no doc comment
    )*+
"""

# Longest first. `.*` is not among them, it depends on what follows; `//` is a comment, or invalid, but never two slashes.
OPERATOR = "|".join(re.escape(text.decode()) for text in sorted(OPERATORS, key=len, reverse=True) if text not in (b".*", b"/"))

# One token and the space behind it. Each group is named after the kind of token it is; words and operators are looked up
# by their text. What occurs more often stands further up, as far as the order does not matter otherwise.
TOKEN = rf"""
    (?:
        (?P<identifier>
            [A-Za-z_]\w*+
          | @{QUOTED}"
        )
      | (?P<invalid_periodasterisks>    \.\*(?=\*) )        # `.**`, of which the second `*` is the next token's
      | (?P<period_asterisk>            \.\* )
      | (?P<operator>                   {OPERATOR} | /(?!/) )
      | (?P<number_literal>                                 # which digits and letters are right is checked by later stages
            [0-9] (?: [eEpP](?![+-]) | [0-9_a-df-oq-zA-DF-OQ-Z] )*+
            (?:
                (?: \.(?=\w) | [eEpP][+-] )                 # after a point, or the sign of an exponent,
                (?: [eEpP][+-] | \w )*+                     # there is no other point
            )?+
        )
      | (?P<builtin>                    @[A-Za-z_]\w*+ )
      | (?P<string_literal>             {QUOTED}" )
      | (?P<doc_comment>                ///(?!/){LINE}(?: {LINE_END} | (?=\x00) ) )
      | (?P<container_doc_comment>      //!{LINE}(?: {LINE_END} | (?=\x00) ) )
      | (?P<char_literal>               '(?: [^'\\\x00-\x1f\x7f] | \\[^\x00-\x1f\x7f] )*+' )
      | (?P<multiline_string_literal_line>  \\\\{LINE}{LINE_END} )
      | (?P<invalid>
            (?: [@\\] | @?{QUOTED}\\ ) (?=\x00)             # here a NUL ends the token, if not the line
          | [^\n]++
        )
    )
    {SPACE}
"""

space_pattern = re.compile(SPACE.encode(), re.VERBOSE)
token_pattern = re.compile(TOKEN.encode(), re.VERBOSE)

kind_of_text = OPERATORS | KEYWORDS
del kind_of_text[b".*"]  # the same text is an "invalid_periodasterisks" elsewhere


def tokens(source):
    """The tokens of ``source``, which is bytes, as a list of (kind, start, end)."""
    found = [(kind_of(match), *match.span(match.lastgroup)) for match in matches(source)]
    return [*found, ("eof", len(source), len(source))]


def kinds(source):
    """How many tokens of each kind ``source`` has, as a list of (kind, count) in the order of `KINDS`."""
    counts = Counter(map(kind_of, matches(source)))
    counts["eof"] = 1
    return [(kind, counts[kind]) for kind in KINDS if kind in counts]


def matches(source):
    """A match for each token but "eof"; there are no gaps between them."""
    start = 3 if source.startswith(b"\xef\xbb\xbf") else 0  # the byte order mark of UTF-8
    return token_pattern.finditer(source, space_pattern.match(source, start).end())


def kind_of(match):
    group = match.lastgroup
    return kind_of_text.get(match[group], group)
