"""Tables as one types them."""

TYPED = str.maketrans(
    {"\N{NO-BREAK SPACE}": " ", "\N{MINUS SIGN}": "-", "\N{WORD JOINER}": None}
)


def plain(text):
    return text.translate(TYPED)
