"""What can be wrong with a file or with one row, always told in a sentence that says what to do."""

from dataclasses import dataclass


class UnusableFile(Exception):
    """The file cannot be used as it is. The message is one sentence for the person who brought it.

    ``option`` is how the command takes the answer; the pages have fields for it.
    """

    def __init__(self, message: str, *, option: str = "") -> None:
        super().__init__(message)
        self.option = option


class MappingNeeded(UnusableFile):
    """The file can be read, but the person must first say which column holds what."""


class UndecidedDates(UnusableFile):
    """The order of day and month cannot be decided from the column, so the person is asked."""

    def __init__(self, message: str, *, column: str = "", option: str = "") -> None:
        super().__init__(message, option=option)
        self.column = column


class Unreadable(ValueError):
    """One cell does not say what its field needs. ``code`` groups equal reasons when they are counted."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row is set aside. A held row waits for a person or team; any other is wrong as it stands."""

    code: str
    message: str
    is_held: bool = False
