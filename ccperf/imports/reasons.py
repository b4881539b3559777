"""Short names of the reasons for which rows stand aside, for counting and for headings."""

NAMES = {
    "ambiguous": "Not clear",
    "answers_of_few": "Answers of too few people",
    "answers_of_how_many": "Answers of an unknown number of people",
    "answers_of_one": "Answers of a single person",
    "conflicting_identifier": "Identifier used twice with different values",
    "date_long_ago": "Date too long ago",
    "date_order": "Date in another order",
    "date_without_year": "Date without a year",
    "imprecise_date": "Date not exact enough",
    "in_the_future": "Date in the future",
    "line_break": "Several lines in one cell",
    "name_fits_several": "Name fits several people",
    "negative_duration": "Duration below nothing",
    "no_comment_no_rating": "Neither comment nor rating",
    "no_figures": "No figure",
    "no_subject": "Nobody and nothing it is about",
    "no_such_date": "Date does not exist",
    "no_such_time": "Time does not exist",
    "not_a_date": "Not a date",
    "not_a_duration": "Not a duration",
    "not_a_number": "Not a number",
    "not_a_time": "Not a time",
    "not_whole": "Not a whole number",
    "not_yes_or_no": "Neither yes nor no",
    "outside_scope": "Not in a team of yours",
    "refused": "Could not be stored",
    "repeated_identifier": "Identifier used twice",
    "summary_row": "A line of totals",
    "talk_without_answer": "Talk time without an answer",
    "team_fits_several": "Team name fits several teams",
    "too_high": "Figure too high",
    "too_long": "Text too long",
    "too_low": "Figure too low",
    "unknown_choice": "Value not known",
    "unknown_metric": "Measure not known",
    "unknown_person": "Person not known",
    "unknown_route": "Route not known",
    "unknown_site": "Site not known",
    "unknown_team": "Team not known",
}


def name_of(code: str) -> str:
    """The short name of a reason."""
    if code in NAMES:
        return NAMES[code]
    if code.startswith("no_"):
        return f"{code[3:].replace('_', ' ').capitalize()} missing"
    return code.replace("_", " ").capitalize()
