"""Plates of road vehicles in the states of the OAS: present and former forms, as compact text.

Each state's transport authority publishes its own; the common plate of Mercosur is that of the bloc's resolution GMC 33/14. The
forms only raise a doubt: a plate of another form (a diplomat's, an official's, a wrecked series) is still a plate. Canada and the
United States are left out, because their provinces and states let drivers choose the characters.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class PlateForm:
    """What one series of plates looks like: `shape` is a regular expression for the compact text."""

    name: str
    shape: str

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.shape, re.ASCII)

    def fits(self, number: str) -> bool:
        """Whether the compact text has the form."""
        return self._compiled.fullmatch(number) is not None


def _forms(**shapes: str) -> tuple[PlateForm, ...]:
    return tuple(PlateForm(name.replace("_", " "), shape) for name, shape in shapes.items())


_LETTERS_AND_FOUR = r"[A-Z]{1,3}\d{1,4}"
"""The Commonwealth Caribbean: a class or parish letter, series letters, then a number without zeros in front."""

PLATE_FORMS: Mapping[str, tuple[PlateForm, ...]] = {
    "AG": _forms(all_classes=r"[A-Z]{1,2}\d{1,5}"),
    "AR": _forms(
        Mercosur=r"[A-Z]{2}\d{3}[A-Z]{2}",
        Mercosur_motorcycle=r"[A-Z]\d{3}[A-Z]{3}",
        from_1995=r"[A-Z]{3}\d{3}",
        motorcycle_from_1995=r"\d{3}[A-Z]{3}",
        provinces_before_1995=r"[A-Z]\d{6,7}",
        trailer=r"101(?:[A-Z]{3}\d{3}|[A-Z]{2}\d{3}[A-Z]{2})",
    ),
    "BB": _forms(all_classes=r"[A-Z]{1,2}\d{1,4}"),
    "BO": _forms(from_1997=r"\d{3,4}[A-Z]{3}"),
    "BR": _forms(Mercosur=r"[A-Z]{3}\d[A-Z]\d{2}", from_1990=r"[A-Z]{3}\d{4}", before_1990=r"[A-Z]{2}\d{4}"),
    "BS": _forms(from_2013=r"[A-Z]{2}\d{4}", before=r"[A-Z]{1,2}\d{1,6}|\d{2,6}"),
    "BZ": _forms(all_districts=r"[A-Z]{1,3}[A-Z]?\d{1,5}"),
    "CL": _forms(
        from_2026=r"[A-Z]{5}\d",
        motorcycle_from_2026=r"[A-Z]{4}\d",
        from_2007=r"[A-Z]{4}\d{2}",
        motorcycle=r"[A-Z]{3}0\d{2}",
        from_1985=r"[A-Z]{2}\d{4}",
    ),
    "CO": _forms(
        vehicle=r"[A-Z]{3}\d{3}",
        motorcycle=r"[A-Z]{3}\d{2}[A-Z]?",
        three_wheeled=r"\d{3}[A-Z]{3}",
        trailer=r"[RST]\d{5}",
        diplomatic=r"[A-Z]{2}\d{4}",
    ),
    "CR": _forms(from_2013=r"[A-Z]{3}\d{3}", numbers=r"\d{2,6}", class_and_number=r"(?:[A-Z]{1,3})\d{1,6}"),
    "CU": _forms(from_2013=r"[A-Z]\d{6}", before=r"[A-Z]{3}\d{3}"),
    "DM": _forms(all_classes=_LETTERS_AND_FOUR),
    "DO": _forms(class_and_number=r"[A-Z]{1,2}\d{5,7}"),
    "EC": _forms(vehicle=r"[A-Z]{3}\d{4}", motorcycle=r"[A-Z]{2}\d{3}[A-Z]", diplomatic=r"[A-Z]{2}\d{4}"),
    "GD": _forms(all_classes=_LETTERS_AND_FOUR),
    "GT": _forms(class_number_letters=r"(?:[A-Z]|TC|TR|TRC|CC|CD|MI|DIS)\d{3}[A-Z]{3}", before=r"[A-Z]{1,3}\d{4,6}"),
    "GY": _forms(all_classes=_LETTERS_AND_FOUR),
    "HN": _forms(from_1999=r"[A-Z]{3}\d{4}", before=r"[A-Z]{1,2}\d{4,6}"),
    "HT": _forms(class_and_number=r"[A-Z]{1,2}\d{4,5}"),
    "JM": _forms(
        from_1987=r"\d{4}[A-Z]{2}",
        motorcycle=r"\d{4}[A-Z]",
        class_and_number=r"[A-Z]{2}\d{4}|[A-Z]{2}\d{3}[A-Z]",
        before_1987=r"[A-Z]{1,2}\d{4}",
    ),
    "KN": _forms(all_classes=_LETTERS_AND_FOUR),
    "LC": _forms(all_classes=_LETTERS_AND_FOUR),
    "MX": _forms(
        car=r"[A-Z]{3}\d{3}[A-Z]|[A-Z]{3}\d{4}|\d{3}[A-Z]{3}|[A-Z]\d{2}[A-Z]{3}",
        truck=r"[A-Z]{2}\d{4}[A-Z]|[A-Z]{2}\d{5}|\d{4}[A-Z]{2}",
        motorcycle=r"\d{2}[A-Z]\d[A-Z]|\d{3}[A-Z]\d|[A-Z]\d{2}[A-Z]{2}|[A-Z]\d{4}|[A-Z]\d[A-Z]\d[A-Z]|\d{2}[A-Z]{3}\d?",
        federal=r"\d{2}[A-Z]{2}\d[A-Z]|\d{3}[A-Z]{2}\d|\d{3}[A-Z]{2}|\d{2}[A-Z]{3}\d",
    ),
    "NI": _forms(department_and_number=r"[A-Z]{1,2}\d{3,6}"),
    "PA": _forms(from_2013=r"[A-Z]{2}\d{4}", numbers=r"\d{4,6}", class_and_number=r"[A-Z]{1,2}\d{4,6}|[A-Z]{2}\d{3}[A-Z]"),
    "PE": _forms(
        from_2010=r"[A-Z][A-Z\d]{2}\d{3}",
        motorcycle=r"\d{4}[A-Z\d]{2}|[A-Z]{2}\d{4,5}|[A-Z]\d[A-Z]?\d{4}",
        before_2010=r"[A-Z]{2}\d{4}",
    ),
    "PY": _forms(
        Mercosur=r"[A-Z]{4}\d{3}",
        Mercosur_motorcycle=r"\d{3}[A-Z]{4}",
        before_2019=r"[A-Z]{3}\d{3}",
        motorcycle_before_2019=r"\d{3}[A-Z]{3}",
    ),
    "SR": _forms(class_and_number=r"[A-Z]{1,2}\d{1,5}|\d{1,5}[A-Z]{1,2}"),
    "SV": _forms(class_and_number=r"(?:[A-Z]{1,3})\d[\dA-Z]{2,5}"),
    "TT": _forms(all_classes=_LETTERS_AND_FOUR, defence=r"\d{1,2}(?:TTR|TTDF|TTCG|VDF|TTAG)\d{1,3}"),
    "UY": _forms(
        vehicle=r"[A-Z]{3}\d{4}",
        motorcycle=r"[A-Z]{3}\d{3}",
        before=r"[A-Z]\d{6}|[A-Z]{2}\d{4}",
    ),
    "VC": _forms(all_classes=_LETTERS_AND_FOUR),
    "VE": _forms(
        from_2008=r"[A-Z]{2}\d{3}[A-Z]{2}",
        truck_from_2008=r"[A-Z]\d{2}[A-Z]{2}\d[A-Z]",
        motorcycle_from_2008=r"[A-Z]{2}\d[A-Z]\d{2}[A-Z]",
        before_2008=r"[A-Z]{3}\d{2}[A-Z]|[A-Z]{3}\d{3}|\d{3}[A-Z]{3}|\d{2}[A-Z][A-Z]{3}",
    ),
}
"""State -> its forms."""


def fits_a_form(country: str, number: str) -> bool:
    """Whether the compact text has one of the state's forms."""
    return any(form.fits(number) for form in PLATE_FORMS.get(country, ()))
