"""Forms of the import pages."""

from django import forms

from ccperf.core.forms import BaseForm, SubmissionMixin, VersionMixin
from ccperf.imports.cells import distinct, shortened, text_of
from ccperf.imports.dates import ORDER_WORDS
from ccperf.imports.fields import Field, Plan
from ccperf.imports.kinds import ImportKind
from ccperf.imports.selectors import UnreadValue, open_kinds
from ccperf.imports.suggesting import Suggestion, likely_choice
from ccperf.imports.tables import Table
from ccperf.imports.words import NO, YES, fold

LEAVE_OUT = ""
FIRST_VALUES = 3


class UploadForm(SubmissionMixin, BaseForm):
    """Which kind of file, and the file."""

    kind = forms.ChoiceField(label="What the file holds", widget=forms.RadioSelect)
    file = forms.FileField(
        label="File",
        help_text="A .csv, .tsv, .xlsx, .xlsm, .xls or .ods file. Nothing is stored before the last step.",
        error_messages={
            "required": "Choose the file.",
            "empty": "The file is empty. Export it again, then choose the new file.",
        },
    )

    def narrow(self) -> None:
        self.kinds = open_kinds(self.user)
        self.fields["kind"].choices = [(kind.key, kind.title) for kind in self.kinds]


class ColumnsForm(VersionMixin, BaseForm):
    """One choice a column, the order of its dates, values for what the file lacks, and a name to keep it all
    under.
    """

    create_people = forms.BooleanField(
        label="Create people, teams and sites that are not known yet",
        required=False,
        help_text=(
            "Otherwise rows about people nobody knows are held, and come in by themselves "
            "when the person arrives. New people join the team the file names, else the one team you lead."
        ),
    )
    only_column = forms.ChoiceField(label="Only rows whose column", required=False)
    only_value = forms.CharField(label="is", required=False, max_length=160)
    profile_name = forms.CharField(
        label="Save as profile",
        required=False,
        max_length=80,
        help_text="Optional. The next file with these columns is matched by it.",
    )

    def __init__(self, *args, table: Table, kind: ImportKind, plan: Plan, likely: list[Suggestion], **kwargs):
        self.table, self.kind, self.plan = table, kind, plan
        self.likely = {one.column: one for one in likely}
        self.kind_fields = kind.fields()
        super().__init__(*args, **kwargs)
        self._add_columns()
        self._add_constants()
        self._add_condition()
        self.fields["create_people"].initial = plan.create_people

    def _add_columns(self) -> None:
        choices = [(LEAVE_OUT, "Leave out"), *((one.name, one.label) for one in self.kind_fields)]
        mapped = {column: name for name, columns in self._positions().items() for column in columns}
        dates = {one.name for one in self.kind_fields if one.type in {"date", "datetime"}}
        self.columns = []
        for at, heading in enumerate(self.table.columns):
            name, order = f"column-{at}", f"order-{at}"
            self.fields[name] = forms.ChoiceField(
                label=f"Goes to, for {heading}",
                choices=choices,
                required=False,
                initial=mapped.get(at, LEAVE_OUT),
            )
            if mapped.get(at) in dates:
                orders = [
                    ("auto", "Order: as it shows"),
                    *((key, word) for key, word in ORDER_WORDS.items()),
                ]
                self.fields[order] = forms.ChoiceField(
                    label=f"Order of dates, for {heading}",
                    choices=[(key, word.capitalize()) for key, word in orders],
                    required=False,
                    initial=self.plan.date_orders.get(heading, self.plan.date_order),
                )
            self.columns.append((at, heading))

    def _positions(self) -> dict[str, list[int]]:
        found = {}
        for name, headings in self.plan.mapping.items():
            found[name] = [at for heading in headings if (at := self.table.find(heading)) is not None]
        return found

    def _add_constants(self) -> None:
        self.constants = []
        for one in self.kind_fields:
            if one.name not in self.kind.constants:
                continue
            name = f"set-{one.name}"
            self.fields[name] = forms.CharField(
                label=one.label, required=False, max_length=160, initial=self.plan.constants.get(one.name, "")
            )
            self.constants.append(name)

    def _add_condition(self) -> None:
        """One condition on the pages; a profile saved by the command may hold more, which then stay."""
        column, value = next(iter(self.plan.only.items()), ("", ""))
        headings = [(heading, heading) for heading in self.table.columns]
        self.fields["only_column"].choices = [("", "All rows"), *headings]
        self.fields["only_column"].initial, self.fields["only_value"].initial = column, value

    def rows(self) -> list[dict]:
        """The table of columns, with first values and what the suggestion rests on."""
        return [
            {
                "heading": heading,
                "first": self._first(at),
                "field": self[f"column-{at}"],
                "order": self[f"order-{at}"] if f"order-{at}" in self.fields else None,
                "state": self._state(at, heading),
            }
            for at, heading in self.columns
        ]

    def likely_left(self) -> dict[str, str]:
        """The likely field of each column for which nothing is chosen, where no other column fills it."""
        chosen = {heading: self[f"column-{at}"].value() for at, heading in self.columns}
        several = {one.name for one in self.kind_fields if one.several}
        return {
            f"column-{at}": self.likely[heading].field
            for at, heading in self.columns
            if heading in self.likely
            and not chosen[heading]
            and (self.likely[heading].field in several or self.likely[heading].field not in chosen.values())
        }

    def take_likely(self) -> None:
        """Choose what is likely where nothing was chosen, for the person to look at; this stores nothing."""
        self.data = self.data.copy()
        self.data.update(self.likely_left())

    def _first(self, at: int) -> str:
        cells = distinct(self.table.rows.column(at, 0, 500))[:FIRST_VALUES]
        return ", ".join(shortened(text_of(cell), 30) for cell in cells)

    def _state(self, at: int, heading: str) -> tuple[str, str]:
        chosen = self[f"column-{at}"].value()
        likely = self.likely.get(heading)
        if chosen:
            is_taken = likely and chosen == likely.field
            return ("ask", "Chosen as suggested; please check") if is_taken else ("sure", "Matched")
        if likely:
            labels = {one.name: one.label for one in self.kind_fields}
            return "ask", f"Perhaps “{labels[likely.field]}”; please check"
        if self.kind.ticks_are and self._is_ticks(at):
            return "ask", f"Yes and no; perhaps {self.kind.ticks_are}"
        cells = self.table.rows.column(at, 0, 1000)
        empty = 1 - sum(bool(text_of(cell)) for cell in cells) / max(1, len(cells))
        return "out", f"Left out; {empty:.0%} empty" if empty > 0.5 else "Left out"

    def _is_ticks(self, at: int) -> bool:
        words = {fold(text_of(cell)) for cell in distinct(self.table.rows.column(at, 0, 500))}
        return bool(words & YES) and bool(words & NO) and words <= YES | NO

    def constant_fields(self) -> list:
        return [self[name] for name in self.constants]

    def clean(self) -> dict:
        data = super().clean()
        several = {one.name for one in self.kind_fields if one.several}
        labels = {one.name: one.label for one in self.kind_fields}
        taken: dict[str, str] = {}
        for at, heading in self.columns:
            name = data.get(f"column-{at}")
            if not name or name in several:
                continue
            if name in taken:
                self.add_error(
                    f"column-{at}",
                    f"“{labels[name]}” is already filled from “{taken[name]}”. Leave one of them out.",
                )
            taken[name] = heading
        if data.get("only_value") and not data.get("only_column"):
            self.add_error("only_column", "Choose the column that has this value.")
        return data

    def condition(self) -> dict[str, str]:
        """The value a column must have for a row to count."""
        data = self.cleaned_data
        rest = dict(list(self.plan.only.items())[1:])
        return ({data["only_column"]: data["only_value"]} if data["only_column"] else {}) | rest

    def mapping(self) -> dict[str, list[str]]:
        """Field to headings, as chosen."""
        chosen: dict[str, list[str]] = {}
        for at, heading in self.columns:
            name = self.cleaned_data.get(f"column-{at}")
            if name:
                chosen.setdefault(name, []).append(heading)
        return chosen

    def date_orders(self) -> dict[str, str]:
        """Heading to order, where one was chosen."""
        found = {}
        for at, heading in self.columns:
            order = self.cleaned_data.get(f"order-{at}")
            if order and order != "auto":
                found[heading] = order
        return found

    def given_constants(self) -> dict[str, str]:
        return {name[4:]: value for name in self.constants if (value := self.cleaned_data.get(name))}


class ValuesForm(BaseForm):
    """What raw values mean: one choice for each value that could not be read."""

    def __init__(self, *args, values: list[UnreadValue], **kwargs):
        self.values = values
        super().__init__(*args, **kwargs)
        for at, value in enumerate(values):
            self.fields[f"value-{at}"] = _meaning_field(value.field, value.raw)

    def rows(self) -> list[tuple[UnreadValue, forms.BoundField]]:
        return [(value, self[f"value-{at}"]) for at, value in enumerate(self.values)]

    def meanings(self) -> dict[str, dict[str, str]]:
        """What was chosen, by field and raw value."""
        found: dict[str, dict[str, str]] = {}
        for at, value in enumerate(self.values):
            chosen = self.cleaned_data.get(f"value-{at}")
            if chosen:
                found.setdefault(value.field.name, {})[value.raw] = "" if chosen == "missing" else chosen
        return found


def _meaning_field(field: Field, raw: str) -> forms.Field:
    label = f"“{shortened(raw, 40)}” means"
    if field.type == "number":
        return forms.RegexField(
            r"^(missing|-?\d+(\.\d+)?)$", label=label, required=False, max_length=20,
            error_messages={"invalid": "Write a number, or “missing”."}, initial="missing",
        )  # fmt: skip
    choices = list(field.choices.items()) if field.type == "choice" else [("yes", "Yes"), ("no", "No")]
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=[("", "Set these rows aside"), ("missing", "Not known"), *choices],
        initial=likely_choice(field, raw),
    )
