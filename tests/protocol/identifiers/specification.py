"""The tables of docs/spec/identifiers.md, row by row, as the code has them. Run as a module, it prints them."""

from pathlib import Path

from protocol.identifiers.national_forms import NATIONAL_FORMS
from protocol.identifiers.number_forms import ANY, NEVER, Checking, NumberForm
from protocol.identifiers.plate_forms import PLATE_FORMS
from protocol.identifiers.tax_forms import COMPANY_FORMS, PERSON_FORMS

PAGE = Path(__file__).parents[3] / "docs" / "spec" / "identifiers.md"
_CHECKED = {Checking.CHECK_DIGIT: "check digit", Checking.PARTS: "parts", Checking.SHAPE: "length only"}


def row(country: str, form: NumberForm) -> str:
    """One document of a state as a row of the table."""
    length = f"{form.shortest}" if form.shortest == form.longest else f"{form.shortest} to {form.longest}"
    notes = []
    if form.tail:
        notes.append(f"ends without `{form.tail}`")
    if form.drops_zeros:
        notes.append("no zeros in front")
    if form.width:
        notes.append(f"zeros in front up to {form.width}")
    if form.mark:
        notes.append(f"`{form.mark}` in front")
    if form.bare == NEVER:
        notes.append("only with its label")
    elif form.bare != ANY:
        notes.append(f"without a label only `{form.bare}`")
    cells = (
        f"`{country}`",
        form.name,
        " ".join(f"`{label}`" for label in form.labels) or "–",
        f"{length}: `{form.shape}`",
        "; ".join(notes) or "–",
        _CHECKED[form.checking],
        form.source,
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def plate_row(country: str) -> str:
    """The series of a state as a row of the table."""
    series = "; ".join(f"{form.name} `{form.shape}`" for form in PLATE_FORMS[country])
    return f"| `{country}` | {series.replace('|', chr(92) + '|')} |"


def table_of(section: str) -> list[str]:
    """The rows of the table in a section of the page."""
    text = PAGE.read_text("utf-8").partition(f"\n### {section}\n")[2].partition("\n##")[0]
    return [line for line in text.splitlines() if line.startswith("| `")]


def main() -> None:
    """Print the rows, to be pasted into the page."""
    for section, forms in (("National", NATIONAL_FORMS), ("Persons", PERSON_FORMS), ("Companies", COMPANY_FORMS)):
        print(section)  # noqa: T201
        for country, each in forms.items():
            for form in each:
                print(row(country, form))  # noqa: T201
    print("Plates")  # noqa: T201
    for country in PLATE_FORMS:
        print(plate_row(country))  # noqa: T201


if __name__ == "__main__":
    main()
