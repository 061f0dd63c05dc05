"""Invented numbers of a form, for properties."""

import re

from hypothesis import strategies as st

from protocol.identifiers.number_forms import NumberForm


def numbers(form: NumberForm) -> st.SearchStrategy[str]:
    """Compact numbers that the form takes, its label's letters among them where letters may begin one."""
    if form.shape == r"\d+":
        return st.text("0123456789", min_size=form.shortest, max_size=form.longest)
    if form.shape.startswith("(?="):
        letters = "".join(form.labels)
        return st.text(f"{letters}0123456789", min_size=form.shortest, max_size=form.longest).filter(
            lambda number: re.fullmatch(form.shape, number, re.ASCII) is not None
        )
    many = f"{{{form.shortest - 1},{form.longest - 1}}}"
    shape = re.compile(form.shape.replace("*", many).replace("+", many), re.ASCII)
    return st.from_regex(shape, fullmatch=True)
